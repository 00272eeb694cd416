#include "kernels/cpu/isas.h"

namespace kani::kernels {

extern const KernelTable kNeonTable;

std::span<const KernelTable* const> AvailableTables() {
  static constexpr const KernelTable* kTables[] = {&kNeonTable};  // part of every aarch64
  return kTables;
}

}  // namespace kani::kernels
