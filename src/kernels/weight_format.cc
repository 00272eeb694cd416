#include "kernels/weight_format.h"

namespace kani::kernels {
namespace {

constexpr WeightTraits kFormats[] = {
    {WeightFormat::kFp32, "fp32", 32, 1, 0, true},
    {WeightFormat::kBf16, "bf16", 16, 1, 0, true},
    {WeightFormat::kInt8, "int8", 8, 32, 2, false},
};

}  // namespace

std::span<const WeightTraits> AllWeightFormats() { return kFormats; }

const WeightTraits& TraitsOf(WeightFormat format) {
  for (const WeightTraits& traits : kFormats) {
    if (traits.format == format) return traits;
  }
  return kFormats[0];  // every format has its row
}

std::optional<WeightFormat> FindWeightFormat(std::string_view name) {
  for (const WeightTraits& traits : kFormats) {
    if (traits.name == name) return traits.format;
  }
  return {};
}

}  // namespace kani::kernels
