// Devices that the codec's tests run on.
#pragma once

#include <string>
#include <vector>

#include "kernels/ops.h"

namespace kani::codec {

/// The oracle and every instruction set of this machine.
inline std::vector<std::string> TestDevices() {
  std::vector<std::string> devices{"reference"};
  for (std::string_view isa : kernels::AvailableIsas()) devices.emplace_back(isa);
  return devices;
}

}  // namespace kani::codec
