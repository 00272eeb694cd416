// POST /v1/audio/speech.
#pragma once

#include "apps/server/message.h"
#include "apps/server/router.h"
#include "apps/server/speech.h"
#include "apps/server/speech_request.h"

namespace kani::server {

// What OpenAI's clients take PCM for.
inline constexpr int kOpenAiRateHz = 24000;

/// Adds the route, and /original/v1/audio/speech: the same with the defaults of the original
/// server, WAV and the model's own rate. `desk` outlives the router.
void AddSpeechRoutes(Router& router, SpeechDesk& desk, const SpeechRules& rules);

/// A speech as a whole WAV file, with its headers.
Response WholeSpeech(SpeechDesk& desk, const SpeechCall& call, const Request& request);

/// Text of any kind as the value of a header.
std::string HeaderText(std::string_view text);

}  // namespace kani::server
