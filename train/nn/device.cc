#include "train/nn/device.h"

#include <ATen/Context.h>
#include <dlfcn.h>

#include <charconv>

#include "base/error.h"

namespace kani::train {

namespace {

/// N of "cuda:N". Throws kInvalidArgument.
int GpuIndex(const std::string& name) {
  if (name == "cuda") return 0;
  int index = -1;
  const char* end = name.data() + name.size();
  if (name.starts_with("cuda:")) {
    const auto result = std::from_chars(name.data() + 5, end, index);
    if (result.ec != std::errc() || result.ptr != end) index = -1;
  }
  if (index < 0) {
    Fail(ErrorCode::kInvalidArgument, "device ", Quoted(name), ", expected cpu, cuda or cuda:N");
  }
  return index;
}

}  // namespace

at::Device OpenDevice(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const int index = GpuIndex(name);
  // Its kernels register themselves when it is loaded. It stays loaded.
  if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    Fail(ErrorCode::kNotFound, "LibTorch's CUDA libraries are incomplete (pip installs them with ",
         "torch if not told --no-deps): ", dlerror());
  }
  const auto gpus = at::globalContext().hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0;
  if (index >= gpus) {
    Fail(ErrorCode::kNotFound, "device ", Quoted(name), ": found ", static_cast<int>(gpus),
         " GPUs");
  }
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

}  // namespace kani::train
