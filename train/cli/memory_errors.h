// LibTorch's way to say that memory ran out, as ours.
#pragma once

#include <functional>

namespace kani::train {

/// Runs `action`. What LibTorch throws when a device or the host has no memory left becomes
/// kResourceExhausted; everything else passes.
int WithMemoryErrors(const std::function<int()>& action);

}  // namespace kani::train
