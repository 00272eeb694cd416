// A recording that somebody sent to a voice.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/model_pool.h"
#include "base/log.h"
#include "speaker/encoder.h"
#include "voices/voice.h"

namespace kani::server {

struct Upload {
  std::string name;  ///< for messages
  std::string_view bytes;
};

/// Decodes foreign sound; the one place that does. Throws kInvalidFile, kUnsupported, and
/// kResourceExhausted past `max_seconds`.
speaker::Recording DecodeUpload(const Upload& upload, double max_seconds, const WarningSink& warn);

/// The voice of several recordings of one speaker. Loads the speaker encoder and lets go of it.
/// Throws as DecodeUpload does, kInvalidArgument for recordings that are too short or silent, and
/// kUnsupported where the model has no speaker encoder.
voices::Voice CloneUploads(const ModelFacts& model, std::span<const Upload> uploads,
                           double max_seconds, const WarningSink& warn);

}  // namespace kani::server
