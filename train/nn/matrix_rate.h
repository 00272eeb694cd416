// The most that this machine makes of a matrix product, to compare training with.
#pragma once

#include <ATen/core/Tensor.h>

namespace kani::train {

/// FLOP/s of a product of two large matrices: the best of a few, with all threads.
double MatrixFlopsPerSecond(at::ScalarType type, at::Device device);

}  // namespace kani::train
