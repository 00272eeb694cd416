// The PCM of one request on its way into its queue: at the rate that was asked for.
#pragma once

#include <memory>
#include <span>
#include <utility>

#include "audio/resampler.h"
#include "engine/pcm_queue.h"

namespace kani::engine {

class PcmOutput {
 public:
  PcmOutput(std::shared_ptr<PcmQueue> queue, int codec_rate_hz, int output_rate_hz)
      : queue_(std::move(queue)), resampler_(codec_rate_hz, output_rate_hz) {}

  PcmQueue& queue() const { return *queue_; }
  void Send(std::span<const float> samples);
  /// What the resampler still holds, then the end.
  void Finish();

 private:
  std::shared_ptr<PcmQueue> queue_;
  audio::Resampler resampler_;
};

}  // namespace kani::engine
