// Writes a state dict as torch.save does; torch_checkpoint.h reads it.
#pragma once

#include <span>
#include <string>

#include "formats/safetensors.h"

namespace kani::formats {

/// A zip with stored entries below `folder`, the pickle in protocol 2. Throws kUnsupported for
/// tensors that are not fp32 or have more than 2^31 - 1 values.
std::string TorchCheckpointBytes(const std::string& folder, std::span<const NamedTensor> tensors);

}  // namespace kani::formats
