// The instruction sets of this build and which of them the CPU and the system support.
#pragma once

#include <span>
#include <string_view>

#include "kernels/cpu/kernel_table.h"

namespace kani::kernels {

/// Best first. One of isas_*.cc, chosen by the processor that is built for.
std::span<const KernelTable* const> AvailableTables();

/// The table called `isa`, the best for an empty name; throws kUnsupported where this machine does
/// not have it, naming those that it has.
const KernelTable& FindTable(std::string_view isa);

}  // namespace kani::kernels
