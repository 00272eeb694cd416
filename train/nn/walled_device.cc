#include "train/nn/walled_device.h"

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/native/CPUFallback.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/DeviceType.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>

#include <cstddef>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

namespace kani::train {

namespace {

constexpr auto kKey = c10::DispatchKey::PrivateUse1;
const at::Device kDevice(at::kPrivateUse1, 0);
const c10::Stream kStream(c10::Stream::DEFAULT, kDevice);

/// One file in memory, mapped twice: tensors hold addresses of a mapping without any rights, the
/// device's operations use the other one.
class Memory final : public c10::Allocator {
 public:
  Memory() {
    const int file = memfd_create("walled device", MFD_CLOEXEC);
    TORCH_CHECK(file >= 0 && ftruncate(file, kBytes) == 0, "no memory for the walled device");
    walled_ = Map(file, PROT_NONE);
    open_ = Map(file, PROT_READ | PROT_WRITE);
  }

  /// Where the operations find what a tensor's address names.
  std::byte* Open(const void* address) const {
    return open_ + (static_cast<const std::byte*>(address) - walled_);
  }

  c10::DataPtr allocate(size_t size) override {
    const std::lock_guard lock(mutex_);
    const size_t rounded = (size + kAlignment) / kAlignment * kAlignment;
    std::vector<std::byte*>& of_this_size = free_[rounded];
    std::byte* address = walled_ + used_;
    if (of_this_size.empty()) {
      used_ += rounded;
      TORCH_CHECK(used_ <= kBytes, "the walled device is full");
    } else {
      address = of_this_size.back();
      of_this_size.pop_back();
    }
    sizes_[address] = rounded;
    return {address, address, &Free, kDevice};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &Free; }
  void copy_data(void* to, const void* from, size_t count) const override {
    std::memcpy(Open(to), Open(from), count);
  }

 private:
  static constexpr size_t kBytes = size_t{1} << 30, kAlignment = 64;

  static std::byte* Map(int file, int rights) {
    void* address = mmap(nullptr, kBytes, rights, MAP_SHARED, file, 0);
    TORCH_CHECK(address != MAP_FAILED, "no addresses for the walled device");
    return static_cast<std::byte*>(address);
  }
  static void Free(void* address);

  std::byte* walled_ = nullptr;
  std::byte* open_ = nullptr;
  std::mutex mutex_;
  size_t used_ = 0;
  std::map<size_t, std::vector<std::byte*>> free_;
  std::map<void*, size_t> sizes_;
};

Memory& TheMemory() {
  static Memory memory;
  return memory;
}

void Memory::Free(void* address) {
  Memory& memory = TheMemory();
  const std::lock_guard lock(memory.mutex_);
  memory.free_[memory.sizes_[address]].push_back(static_cast<std::byte*>(address));
}

/// The same elements as a tensor that the processor may use.
at::Tensor Opened(const at::Tensor& tensor) {
  if (!tensor.is_privateuseone()) return tensor;
  const auto bytes = static_cast<int64_t>(tensor.storage().nbytes());
  const auto item = static_cast<int64_t>(tensor.element_size());
  const at::Tensor flat = at::from_blob(TheMemory().Open(tensor.storage().data()), {bytes / item},
                                        at::TensorOptions(tensor.scalar_type()));
  return flat.as_strided(tensor.sizes(), tensor.strides(), tensor.storage_offset());
}

at::Tensor Empty(at::IntArrayRef size, std::optional<at::ScalarType> type,
                 std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &TheMemory(), c10::DispatchKeySet(kKey),
                                   type.value_or(at::kFloat), format);
}

at::Tensor EmptyStrided(at::IntArrayRef size, at::IntArrayRef stride,
                        std::optional<at::ScalarType> type, std::optional<at::Layout>,
                        std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &TheMemory(), c10::DispatchKeySet(kKey),
                                           type.value_or(at::kFloat));
}

at::Tensor CopyFrom(const at::Tensor& from, const at::Tensor& to, bool) {
  Opened(to).copy_(Opened(from));
  return to;
}

/// For results whose size is known only when they are there.
at::Tensor CopyFromAndResize(const at::Tensor& from, const at::Tensor& to) {
  if (to.sizes() != from.sizes()) {
    const at::Tensor other = at::empty(from.sizes(), to.options());
    to.unsafeGetTensorImpl()->set_storage_keep_dtype(other.storage());
    to.unsafeGetTensorImpl()->set_sizes_contiguous(from.sizes());
  }
  return CopyFrom(from, to, false);
}

at::Scalar LocalScalar(const at::Tensor& tensor) { return Opened(tensor).item(); }

void Fallback(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  at::native::cpu_fallback(op, stack, /*error_on_views=*/true);
}

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&Fallback>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", &Empty);
  library.impl("empty_strided", &EmptyStrided);
  library.impl("_copy_from", &CopyFrom);
  library.impl("_copy_from_and_resize", &CopyFromAndResize);
  library.impl("_local_scalar_dense", &LocalScalar);
  library.impl("as_strided", &at::native::as_strided_tensorimpl);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
  library.impl("view", &at::native::view);
}

/// One device, whose work is done when a call returns: autograd's events have nothing to wait for.
struct Guard final : c10::impl::NoOpDeviceGuardImpl<c10::DeviceType::PrivateUse1> {
  at::Device exchangeDevice(at::Device) const override { return kDevice; }
  at::Device getDevice() const override { return kDevice; }
  c10::Stream getStream(at::Device) const noexcept override { return kStream; }
  c10::Stream getNewStream(at::Device, int) const override { return kStream; }
  c10::Stream exchangeStream(c10::Stream) const noexcept override { return kStream; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  bool queryEvent(void*) const override { return true; }
  void destroyEvent(void*, c10::DeviceIndex) const noexcept override {}
  bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeEvent(void*) const override {}
};
C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard)

/// What autograd asks of a device.
struct Hooks final : at::PrivateUse1HooksInterface {
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
};

}  // namespace

at::Device WalledDevice() {
  static Hooks hooks;
  if (!at::isPrivateUse1HooksRegistered()) {
    c10::register_privateuse1_backend("walled");
    at::RegisterPrivateUse1HooksInterface(&hooks);
    c10::SetAllocator(c10::DeviceType::PrivateUse1, &TheMemory());
  }
  return kDevice;
}

}  // namespace kani::train
