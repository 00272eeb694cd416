#include "kernels/ops.h"

#include <algorithm>

#include "base/error.h"

namespace kani::kernels {

std::string_view WeightFormatName(WeightFormat format) {
  switch (format) {
    case WeightFormat::kFp32:
      return "fp32";
    case WeightFormat::kBf16:
      return "bf16";
    case WeightFormat::kInt8:
      return "int8";
  }
  return "?";
}

std::unique_ptr<Ops> MakeOps(std::string_view device, int threads) {
  const std::span<const std::string_view> isas = AvailableIsas();
  if (device == "reference" || (device == "auto" && isas.empty())) return MakeReferenceOps();
  if (device == "auto" || device == "cpu") return MakeCpuOps(threads);
  if (std::find(isas.begin(), isas.end(), device) != isas.end()) return MakeCpuOps(threads, device);
  std::string known = "auto, cpu, reference";
  for (std::string_view isa : isas) known += StrCat(", ", isa);
  Fail(ErrorCode::kInvalidArgument, "device ", Quoted(device), ": expected one of ", known);
}

}  // namespace kani::kernels
