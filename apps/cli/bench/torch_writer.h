// Writes a state dict as PyTorch does, inside a .nemo archive.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "formats/safetensors.h"

namespace kani::cli {

/// A plain tar with model_config.yaml and model_weights.ckpt (zip with stored entries, pickle
/// protocol 2). Tensors are fp32. Throws kIo.
void WriteNemo(const std::filesystem::path& path, const std::string& config_yaml,
               std::span<const formats::NamedTensor> tensors);

}  // namespace kani::cli
