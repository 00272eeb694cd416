// The keys of a config.json that describe the LFM2 backbone, in both dialects.
#pragma once

#include <cstdint>

#include "formats/json.h"
#include "model/lm_config.h"

namespace kani::model {

/// The largest vocabulary that is read.
inline constexpr int64_t kMaxVocab = 4 << 20;

/// Fills the backbone's fields, everything before `tokens`. Throws kInvalidFile naming the key,
/// expected and found; kUnsupported for a variant of LFM2 that no model has.
/// @param root the object that `reader` reads.
void ReadLfm2Keys(const nlohmann::json& root, const formats::JsonReader& reader, LmConfig& config);

}  // namespace kani::model
