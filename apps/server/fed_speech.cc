#include "apps/server/fed_speech.h"

#include <random>
#include <utility>

namespace kani::server {
namespace {

/// Whether a sentence has nothing that could be said, such as a lone mark: not an error when it
/// comes between others.
bool IsUnspeakable(const ApiError& error) { return error.code() == "nothing_to_speak"; }

}  // namespace

FedResult SpeakFeed(SpeechDesk& desk, SpeechCall call, TextFeed& feed,
                    const std::shared_ptr<Interrupter>& interrupter, int default_rate_hz,
                    const FedEvents& events) {
  FedResult result;
  if (!call.seed) call.seed = std::random_device{}();
  bool started = false;
  std::vector<float> pcm;
  for (auto sentences = feed.Take(); sentences; sentences = feed.Take()) {
    call.input = std::move(*sentences);
    try {
      Speech speech(desk, call, interrupter, default_rate_hz);
      if (!std::exchange(started, true)) events.on_start(speech);
      while (speech.Read(pcm)) events.on_pcm(pcm);
      const engine::SpeechStats stats = speech.stats();
      result.input_tokens += stats.prompt_tokens;
      result.output_tokens += stats.audio_tokens;
      result.audio_seconds += stats.audio_seconds;
      if (!result.first_audio_seconds) result.first_audio_seconds = stats.first_audio_seconds;
      if (stats.stop_reason != engine::StopReason::kEnd) result.stop_reason = stats.stop_reason;
    } catch (const ApiError& error) {
      if (!IsUnspeakable(error)) throw;
    }
    ++*call.seed;
  }
  return result;
}

}  // namespace kani::server
