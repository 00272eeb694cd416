// What is asked of the engine and what it says it did.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lm/sampler.h"
#include "text/script.h"
#include "voices/voice.h"

namespace kani::engine {

struct SpeechRequest {
  std::string text;
  std::string language = "auto";  ///< auto: by sentence
  /// With auto, of sentences whose words do not tell: the tag of a chosen voice, or "".
  std::string fallback_language;
  std::optional<voices::Voice> voice;  ///< none: the model picks a speaker, another for each seed
  lm::SamplingSettings sampling;
  uint64_t seed = 0;
  text::Markup markup = text::Markup::kMarkdown;
  bool name_emoji = false;       ///< say their names rather than drop them
  bool short_addresses = false;  ///< say of a web address its host alone
  bool normalize_text = true;
  /// Voices that the text names. Throws kNotFound; without it every name does.
  std::function<voices::Voice(std::string_view name)> find_voice;
  int output_sample_rate_hz = 0;   ///< 0 = the codec's
  double speed = 1;                ///< 0.25 to 4, the pitch is kept; pauses become shorter as well
  double max_seconds = 0;          ///< per chunk of text; 0 = 2.5 x the expected duration + 2 s
  int64_t first_chunk_frames = 1;  ///< the first PCM chunk; later ones grow to max_chunk_frames
  int64_t max_chunk_frames = 16;
  int64_t max_chunk_characters = 0;  ///< of a piece of long text; 0 = 240
};

enum class StopReason { kEnd, kLengthLimit, kCancelled };
std::string_view StopReasonName(StopReason reason);

struct SpeechStats {
  std::string language;                   ///< the tag of most of the text
  std::vector<text::ScriptPiece> pieces;  ///< as planned, also those that were cancelled
  int64_t text_chunks = 0;
  int64_t prompt_tokens = 0;
  int64_t audio_tokens = 0;
  int64_t frames = 0;
  double audio_seconds = 0;
  std::optional<double> queue_seconds;        ///< from the call until its first piece started
  std::optional<double> first_audio_seconds;  ///< from the call to the first PCM chunk
  double total_seconds = 0;
  double lm_seconds = 0;     ///< of the steps that it took part in
  double codec_seconds = 0;  ///< its share of what was decoded together with others
  double real_time_factor() const { return audio_seconds > 0 ? total_seconds / audio_seconds : 0; }
  StopReason stop_reason = StopReason::kEnd;
};

/// Receives PCM in [-1, 1]; false cancels.
using PcmSink = std::function<bool(std::span<const float> samples)>;

}  // namespace kani::engine
