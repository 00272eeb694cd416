#include "engine/pcm_output.h"

#include <vector>

namespace kani::engine {

void PcmOutput::Send(std::span<const float> samples) {
  std::vector<float> resampled;
  resampler_.Process(samples, resampled);
  queue_->Push(std::move(resampled));
}

void PcmOutput::Finish() {
  std::vector<float> resampled;
  resampler_.Finish(resampled);
  queue_->Push(std::move(resampled));
  queue_->Close();
}

}  // namespace kani::engine
