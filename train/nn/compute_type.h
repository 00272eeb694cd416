// The type of number that a device multiplies fastest.
#pragma once

#include <ATen/core/ScalarType.h>
#include <c10/core/Device.h>

namespace kani::train {

/// bf16 where the device has products of it, else fp32: where a processor has none, LibTorch
/// imitates them, which takes many times as long.
at::ScalarType FastestComputeType(at::Device device);

}  // namespace kani::train
