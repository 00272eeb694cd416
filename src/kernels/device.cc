#include "kernels/device.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "kernels/cpu/cpu_device.h"
#include "kernels/reference/reference_device.h"

namespace kani::kernels {

std::unique_ptr<const Weights> Device::Pack(int64_t outputs, int64_t taps, int64_t inputs,
                                            WeightFormat format, const RowSource& source) {
  if (taps != 1 && !TraitsOf(format).convolutions) {
    Fail(ErrorCode::kUnsupported, "weights of ", taps, " taps as ", WeightFormatName(format),
         ", which has matrices only");
  }
  return DoPack(outputs, taps, inputs, format, source);
}

std::shared_ptr<Device> MakeDevice(std::string_view name) {
  const std::span<const std::string_view> isas = AvailableIsas();
  if (name == "reference" || (name == "auto" && isas.empty())) return MakeReferenceDevice();
  if (name == "auto" || name == "cpu") return MakeCpuDevice({});
  if (std::find(isas.begin(), isas.end(), name) != isas.end()) return MakeCpuDevice(name);
  std::string known = "auto, cpu, reference";
  for (std::string_view isa : isas) known += StrCat(", ", isa);
  Fail(ErrorCode::kInvalidArgument, "device ", Quoted(name), ": expected one of ", known);
}

}  // namespace kani::kernels
