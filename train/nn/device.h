// Where a model is trained, chosen at run time: one build serves machines with a GPU and without.
#pragma once

#include <c10/core/Device.h>

#include <string>

namespace kani::train {

/// "cpu", "cuda" (the first GPU) or "cuda:N". LibTorch's CUDA libraries are loaded by the first
/// call that names a GPU; it must come before any tensor is made. Throws kInvalidArgument for
/// another name, kNotFound when the libraries or the GPU are not there.
at::Device OpenDevice(const std::string& name);

}  // namespace kani::train
