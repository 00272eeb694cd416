#include "train/nn/compute_type.h"

#include <ATen/cpu/Utils.h>

#include <algorithm>
#include <array>

namespace kani::train {

at::ScalarType FastestComputeType(at::Device device) {
  if (!device.is_cpu()) return at::kBFloat16;
  const auto capabilities = at::cpu::get_cpu_capabilities();
  constexpr std::array kProducts = {"avx512_bf16", "amx_bf16"};
  const bool has_products = std::ranges::any_of(kProducts, [&](const char* name) {
    const auto found = capabilities.find(name);
    return found != capabilities.end() && found->second.toBool();
  });
  return has_products ? at::kBFloat16 : at::kFloat;
}

}  // namespace kani::train
