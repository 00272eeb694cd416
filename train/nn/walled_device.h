// For tests: a second device where no GPU is. Its memory is real, but the processor cannot read or
// write it outside of the device's own operations: any host access to a tensor of it is a crash, as
// it is on a GPU.
#pragma once

#include <c10/core/Device.h>

namespace kani::train {

/// LibTorch's name for a device of somebody else's making; registers it at the first call. Its
/// operations are the processor's, on copies, so results are the processor's to the bit.
at::Device WalledDevice();

}  // namespace kani::train
