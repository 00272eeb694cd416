#include "engine/pcm_output.h"

#include <vector>

namespace kani::engine {

void PcmOutput::Send(std::span<const float> samples) {
  std::vector<float> stretched, resampled;
  stretch_.Process(samples, stretched);
  resampler_.Process(stretched, resampled);
  queue_->Push(std::move(resampled));
}

void PcmOutput::Finish() {
  std::vector<float> stretched, resampled;
  stretch_.Finish(stretched);
  resampler_.Process(stretched, resampled);
  resampler_.Finish(resampled);
  queue_->Push(std::move(resampled));
  queue_->Close();
}

}  // namespace kani::engine
