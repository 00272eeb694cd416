// PyTorch's zip container with a restricted pickle: state dicts (.ckpt, pytorch_model.bin) and
// single tensors (.pt). Nothing is executed: a pickle may only build the containers and tensors
// listed in pickle.h, any other opcode or global is refused by name. PyTorch before 1.6 wrote bare
// pickles; those are refused.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_file.h"
#include "formats/safetensors.h"

namespace kani::formats {

/// Key of the tensor when the file holds a single one instead of a dict.
inline constexpr std::string_view kSingleTensorName = "";

/// What the bytes of a checkpoint lie in, if its store is to keep that alive.
struct CheckpointBacking {
  MappedFile file;
  std::vector<std::byte> decompressed;
};

/// Reads a state dict; a wrapper dict with the key `state_dict` is opened. Non-contiguous tensors
/// are made contiguous, int64 counters stay, F64 becomes F32. Payload checksums are not computed:
/// that would read every tensor, wanted or not. Throws kInvalidFile, kUnsupported or
/// kResourceExhausted.
/// @param bytes must outlive the result, or lie in `backing`.
std::unique_ptr<TensorStore> ParseTorchCheckpoint(std::span<const std::byte> bytes,
                                                  std::string source,
                                                  CheckpointBacking backing = {});
/// Maps and reads a file.
std::unique_ptr<TensorStore> OpenTorchCheckpoint(const std::filesystem::path& path);

}  // namespace kani::formats
