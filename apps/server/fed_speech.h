// A request whose text arrives in pieces: speaks each sentence as soon as it is whole.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "apps/server/speech.h"
#include "apps/server/text_feed.h"

namespace kani::server {

/// What became of all sentences together.
struct FedResult {
  int64_t input_tokens = 0, output_tokens = 0;
  double audio_seconds = 0;
  std::optional<double> first_audio_seconds;  ///< of the first sentence, from its call
  engine::StopReason stop_reason = engine::StopReason::kEnd;
};

struct FedEvents {
  /// Before the first samples.
  std::function<void(const Speech&)> on_start;
  std::function<void(std::span<const float>)> on_pcm;
};

/// Speaks what `feed` gives until its end; sentence i with the seed of `call` plus i, so that the
/// same pieces give the same samples. Throws as Speech does, and what the events throw.
/// @param call without an input
FedResult SpeakFeed(SpeechDesk& desk, SpeechCall call, TextFeed& feed,
                    const std::shared_ptr<Interrupter>& interrupter, int default_rate_hz,
                    const FedEvents& events);

}  // namespace kani::server
