// Memory and packed weights for the vector kernels of one instruction set.
#pragma once

#include <memory>
#include <string_view>

#include "kernels/cpu/kernel_table.h"
#include "kernels/device.h"
#include "kernels/ops.h"

namespace kani::kernels {

/// Throws kUnsupported where this CPU has no vector kernels.
/// @param isa empty = the best; or one of AvailableIsas().
std::shared_ptr<Device> MakeCpuDevice(std::string_view isa);

/// The operations on those kernels. `device` is a CPU device with the same table.
std::unique_ptr<Ops> MakeCpuOps(std::shared_ptr<Device> device, const KernelTable& table,
                                int threads);

}  // namespace kani::kernels
