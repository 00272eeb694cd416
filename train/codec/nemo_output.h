// A trained codec as `kani` and NeMo load it.
#pragma once

#include <filesystem>
#include <string>

#include "model/codec_config.h"
#include "train/codec/codec_network.h"

namespace kani::train {

/// model_config.yaml: what ParseCodecConfig reads back as the same.
std::string CodecConfigYaml(const model::CodecConfig& config);

/// The weights as they are now. Throws as model::WriteNemo does.
void WriteCodec(const std::filesystem::path& path, const CodecNetwork& network);

}  // namespace kani::train
