// Text to a stream of PCM: joins prompt, language model, codec and resampler.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "engine/scheduler.h"
#include "engine/speech.h"
#include "engine/speech_stream.h"
#include "kernels/ops.h"
#include "model/generation_config.h"
#include "model/lm_config.h"
#include "model/model_folder.h"

namespace kani::engine {

struct EngineOptions {
  model::ModelPaths paths;
  std::string device = "auto";
  int threads = 0;  ///< 0 = one per core that the process may use
  /// Empty: bf16 for what is stored as bf16, fp32 for all else.
  std::optional<kernels::WeightFormat> weights;
  WarningSink warn;
  SchedulerLimits limits;
};

/// Defaults of generation_config.json over 1.0 / 50 / 0.95 / penalty 1.1.
lm::SamplingSettings DefaultSampling(const model::GenerationConfig& file);

/// Owns the device, the threads and the weights. Requests are made side by side by its scheduler,
/// which steps where somebody calls it: Speak, a SchedulerThread, or the caller.
class Engine {
 public:
  explicit Engine(EngineOptions options);
  ~Engine();

  /// Speaks one request into `sink`, from the caller's thread, and steps the scheduler for it; then
  /// one Speak at a time. Where a SchedulerThread steps, any number at once, and a sink that waits
  /// holds up its own request alone. Throws what Submit and SpeechStream::Read throw.
  SpeechStats Speak(const SpeechRequest& request, const PcmSink& sink,
                    const Delivery& delivery = {});
  /// Lines a request up, from any thread. Plans it on that thread, which is where warnings come.
  /// Throws kInvalidArgument for text without anything to speak, an unknown language, a voice of
  /// another size or settings out of range, kResourceExhausted when the limits are reached.
  SpeechStream Submit(const SpeechRequest& request, const Delivery& delivery = {});
  Scheduler& scheduler();

  int sample_rate_hz() const;
  const model::LmConfig& config() const;
  lm::SamplingSettings default_sampling() const;
  std::string_view device() const;
  kernels::WeightFormat weights() const;
  size_t weight_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::engine
