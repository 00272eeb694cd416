// Whether the mean of several channels still holds what they hold: two microphones of opposite
// phase cancel each other out.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace kani::audio {

class ChannelEnergy {
 public:
  void Add(size_t channel, double value) {
    if (channel >= channels_.size()) channels_.resize(channel + 1);
    channels_[channel] += value * value;
  }
  void AddMean(double value) { mean_ += value * value; }

  /// The loudest channel if the mean has lost nearly all of it, else -1.
  int BetterThanMean() const {
    // One channel of six alone keeps 1/36 in their mean: that is loudness, not loss.
    constexpr double kLost = 0.01;
    if (channels_.size() < 2) return -1;
    const auto loudest = std::max_element(channels_.begin(), channels_.end());
    return mean_ < kLost * *loudest ? static_cast<int>(loudest - channels_.begin()) : -1;
  }

 private:
  std::vector<double> channels_;
  double mean_ = 0;
};

}  // namespace kani::audio
