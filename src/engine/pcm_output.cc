#include "engine/pcm_output.h"

namespace kani::engine {

bool PcmOutput::Send(std::span<const float> samples) {
  resampled_.clear();
  resampler_.Process(samples, resampled_);
  return Deliver();
}

bool PcmOutput::Finish() {
  resampled_.clear();
  resampler_.Finish(resampled_);
  return Deliver();
}

bool PcmOutput::Deliver() {
  if (resampled_.empty()) return true;
  if (!first_audio_seconds_) first_audio_seconds_ = clock_.Seconds();
  samples_ += resampled_.size();
  return sink_(resampled_);
}

}  // namespace kani::engine
