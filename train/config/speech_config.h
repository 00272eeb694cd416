// What a language model without speech (LFM2) needs on paper to become one that speaks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train/config/official_config.h"

namespace kani::train {

/// The base's config.json with the keys of KaniTTS2: larger vocabulary, places of the tokens,
/// positions of frames, RoPE scales, voices and language tags.
/// Throws kInvalidFile if the base is no LFM2 or the sizes do not fit together.
std::string SpeechConfig(std::string_view base_config, const ModelConfig& model,
                         const std::vector<std::string>& language_tags, const std::string& source);

}  // namespace kani::train
