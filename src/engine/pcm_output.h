// The PCM of one request on its way out: resampled, counted, cancellable.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "audio/resampler.h"
#include "engine/speech.h"
#include "engine/stopwatch.h"

namespace kani::engine {

class PcmOutput {
 public:
  /// @param clock started with the request.
  PcmOutput(PcmSink sink, int codec_rate_hz, int output_rate_hz, Stopwatch clock)
      : sink_(std::move(sink)),
        resampler_(codec_rate_hz, output_rate_hz),
        rate_hz_(output_rate_hz),
        clock_(clock) {}

  /// False once the sink has asked to stop.
  bool Send(std::span<const float> samples);
  /// What the resampler still holds; the last call.
  bool Finish();

  double audio_seconds() const { return static_cast<double>(samples_) / rate_hz_; }
  /// From the request to the first PCM; nothing before it.
  std::optional<double> first_audio_seconds() const { return first_audio_seconds_; }

 private:
  bool Deliver();

  PcmSink sink_;
  audio::Resampler resampler_;
  int rate_hz_;
  Stopwatch clock_;
  size_t samples_ = 0;
  std::optional<double> first_audio_seconds_;
  std::vector<float> resampled_;
};

}  // namespace kani::engine
