// NVIDIA NeMo archives (.nemo): tar, plain or gzip, holding model_config.yaml and a PyTorch
// checkpoint.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "formats/safetensors.h"
#include "model/codec_config.h"

namespace kani::model {

/// A codec as stored: config and state dict. Weight normalisation is not folded yet.
struct NemoArchive {
  CodecConfig config;
  std::unique_ptr<formats::TensorStore> weights;
};

/// Throws kNotFound, kInvalidFile, kUnsupported or kResourceExhausted. Never writes to disk.
NemoArchive OpenNemo(const std::filesystem::path& path);
NemoArchive ParseNemo(std::span<const std::byte> bytes, std::string source);
/// Writes atomically: a plain tar of the configuration, as YAML, and a checkpoint of the tensors,
/// which are fp32. Throws kUnsupported for others, kIo.
void WriteNemo(const std::filesystem::path& path, const std::string& config_yaml,
               std::span<const formats::NamedTensor> tensors);

}  // namespace kani::model
