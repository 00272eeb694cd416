// Text to a stream of PCM: joins prompt, language model, codec and resampler.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "kernels/ops.h"
#include "lm/sampler.h"
#include "model/lm_config.h"
#include "model/model_folder.h"
#include "model/voice.h"

namespace kani::engine {

struct EngineOptions {
  model::ModelPaths paths;
  std::string device = "auto";
  int threads = 0;  ///< 0 = one per core
  /// Empty: bf16 for what is stored as bf16, fp32 for all else.
  std::optional<kernels::WeightFormat> weights;
  WarningSink warn;
};

struct SpeechRequest {
  std::string text;
  std::string language = "auto";
  std::optional<model::Voice> voice;  ///< none: the model picks a speaker, another for each seed
  lm::SamplingSettings sampling;
  uint64_t seed = 0;
  bool normalize_text = true;
  int output_sample_rate_hz = 0;   ///< 0 = the codec's
  double max_seconds = 0;          ///< per chunk of text; 0 = 2.5 x the expected duration + 2 s
  int64_t first_chunk_frames = 2;  ///< the first PCM chunk; later ones grow to max_chunk_frames
  int64_t max_chunk_frames = 16;
  int64_t max_chunk_characters = 0;  ///< split long text; 0 = what fits the model
};

enum class StopReason { kEnd, kLengthLimit, kCancelled };
std::string_view StopReasonName(StopReason reason);

struct SpeechStats {
  std::string language;  ///< the tag used
  int64_t text_chunks = 0;
  int64_t prompt_tokens = 0;
  int64_t audio_tokens = 0;
  int64_t frames = 0;
  double audio_seconds = 0;
  double first_audio_seconds = 0;  ///< from the call to the first PCM chunk
  double total_seconds = 0;
  double lm_seconds = 0;
  double codec_seconds = 0;
  double real_time_factor() const { return audio_seconds > 0 ? total_seconds / audio_seconds : 0; }
  StopReason stop_reason = StopReason::kEnd;
};

/// Receives PCM in [-1, 1]; false cancels.
using PcmSink = std::function<bool(std::span<const float> samples)>;

/// Owns the device, the threads and the weights. One request at a time.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();

  /// Streams the speech of one request. Throws kInvalidArgument for text without anything to speak,
  /// an unknown language, a voice of another size or settings out of range.
  SpeechStats Speak(const SpeechRequest& request, const PcmSink& sink);

  int sample_rate_hz() const;
  const model::LmConfig& config() const;
  /// Defaults of generation_config.json over 1.0 / 50 / 0.95 / penalty 1.1.
  lm::SamplingSettings default_sampling() const;
  std::string_view device() const;
  kernels::WeightFormat weights() const;
  size_t weight_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::engine
