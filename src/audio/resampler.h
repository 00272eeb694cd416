// Streaming windowed-sinc resampler, equal to torchaudio's default (sinc_interp_hann, width 6,
// rolloff 0.99).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kani::audio {

/// Mono, any chunking of the input gives the same output. from == to copies.
class Resampler {
 public:
  /// Throws kInvalidArgument for rates outside [1000, 768000] Hz or a ratio whose reduced terms
  /// need a kernel larger than 16 million taps.
  Resampler(int from_hz, int to_hz);
  /// Appends what `input` makes available.
  void Process(std::span<const float> input, std::vector<float>& output);
  /// Appends the tail; the total is ceil(to * input / from). The object is then ready for a new
  /// signal.
  void Finish(std::vector<float>& output);

 private:
  int64_t from_ = 1, to_ = 1;  // reduced by their greatest common divisor
  int64_t width_ = 0;          // taps on each side of a phase's centre
  std::vector<float> kernel_;  // [to, 2 * width + from]
  std::vector<float> history_;
  int64_t received_ = 0, produced_ = 0;
  void Produce(int64_t until, std::vector<float>& output);
};

/// A whole signal at once.
std::vector<float> Resample(std::span<const float> samples, int from_hz, int to_hz);

}  // namespace kani::audio
