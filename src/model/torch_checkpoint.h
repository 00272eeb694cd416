// PyTorch's zip container with a restricted pickle: state dicts (.ckpt, pytorch_model.bin) and
// single tensors (.pt). Nothing is executed: a pickle may only build the containers and tensors
// listed in the reader, any other opcode or global is refused by name.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "model/safetensors.h"

namespace kani::model {

/// Key of the tensor when the file holds a single one instead of a dict.
inline constexpr std::string_view kSingleTensorName = "";

/// Reads a state dict; a wrapper dict with the key `state_dict` is opened. Non-contiguous tensors
/// are made contiguous, int64 counters stay. Throws kInvalidFile or kUnsupported.
/// @param bytes must outlive the result.
std::unique_ptr<TensorStore> ParseTorchCheckpoint(std::span<const std::byte> bytes,
                                                  std::string source);
/// Maps and reads a file.
std::unique_ptr<TensorStore> OpenTorchCheckpoint(const std::filesystem::path& path);

}  // namespace kani::model
