#include "kernels/cpu/isas.h"

namespace kani::kernels {

// No vector kernels for this kind of processor; the reference serves.
std::span<const KernelTable* const> AvailableTables() { return {}; }

}  // namespace kani::kernels
