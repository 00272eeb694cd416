// The PCM of one request on its way into its queue: at the speed and rate that were asked for.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "audio/resampler.h"
#include "audio/time_stretch.h"
#include "engine/pcm_queue.h"

namespace kani::engine {

class PcmOutput {
 public:
  /// Throws kInvalidArgument for a speed or rate out of range.
  PcmOutput(std::shared_ptr<PcmQueue> queue, double speed, int codec_rate_hz, int output_rate_hz)
      : queue_(std::move(queue)),
        stretch_(speed, codec_rate_hz),
        resampler_(codec_rate_hz, output_rate_hz) {}

  PcmQueue& queue() const { return *queue_; }
  void Send(std::span<const float> samples);
  /// What is still held back, then the end.
  void Finish();

 private:
  std::shared_ptr<PcmQueue> queue_;
  audio::TimeStretch stretch_;
  audio::Resampler resampler_;
};

}  // namespace kani::engine
