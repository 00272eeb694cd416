#include <vector>

#include "kernels/cpu/isas.h"

namespace kani::kernels {

extern const KernelTable kAvx2Table;
extern const KernelTable kAvx512Table;

namespace {

// __builtin_cpu_supports also asks whether the system saves the registers. It does not know f16c,
// which every CPU with AVX2 has.
bool HasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
bool HasAvx512() {
  return HasAvx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vnni");
}

}  // namespace

std::span<const KernelTable* const> AvailableTables() {
  static const std::vector<const KernelTable*> tables = [] {
    std::vector<const KernelTable*> found;
    if (HasAvx512()) found.push_back(&kAvx512Table);
    if (HasAvx2()) found.push_back(&kAvx2Table);
    return found;
  }();
  return tables;
}

}  // namespace kani::kernels
