// Random weights of the official sizes, for models that are only measured.
#pragma once

#include <vector>

#include "base/tensor.h"
#include "formats/safetensors.h"

namespace kani::dev {

/// The same ones on every run. Throws kCancelled once the user has asked to stop.
std::vector<formats::NamedTensor> RandomTensors(const std::vector<TensorSpec>& specs, DType dtype);

}  // namespace kani::dev
