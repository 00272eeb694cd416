// GET, POST and DELETE of /v1/audio/voices.
#pragma once

#include <cstddef>

#include "apps/server/router.h"
#include "apps/server/speech.h"

namespace kani::server {

struct UploadLimits {
  size_t bytes = 64 << 20;  ///< of a request
  double seconds = 600;     ///< of one recording
  size_t recordings = 16;   ///< of one voice
};

/// `desk` outlives the router.
void AddVoiceRoutes(Router& router, SpeechDesk& desk, const UploadLimits& limits);

}  // namespace kani::server
