// Streaming windowed-sinc resampler, equal to torchaudio's default (sinc_interp_hann, width 6,
// rolloff 0.99).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kani::audio {

inline constexpr int kLowestRateHz = 1000;
inline constexpr int kHighestRateHz = 768000;

/// Mono, any chunking of the input gives the same output bit for bit. from == to copies.
class Resampler {
 public:
  /// Throws kInvalidArgument for rates outside [kLowestRateHz, kHighestRateHz]. The kernel depends
  /// on the reduced ratio: a few hundred floats for usual pairs, at most 50 MB for coprime rates.
  Resampler(int from_hz, int to_hz);
  /// Appends what `input` makes available.
  void Process(std::span<const float> input, std::vector<float>& output);
  /// Appends the tail; the total is ceil(to * input / from). The object is then ready for a new
  /// signal.
  void Finish(std::vector<float>& output);

 private:
  void Restart();
  void Produce(int64_t until, std::vector<float>& output);

  int64_t from_ = 1, to_ = 1;   // reduced by their greatest common divisor
  int64_t width_ = 0;           // input samples on each side of an output's position
  int64_t taps_ = 0;            // 2 * width_
  std::vector<float> kernel_;   // [to, taps]
  std::vector<float> history_;  // input from index history_begin_ on; zeros before the signal
  int64_t history_begin_ = 0;
  int64_t received_ = 0, produced_ = 0;
};

/// A whole signal at once.
std::vector<float> Resample(std::span<const float> samples, int from_hz, int to_hz);

}  // namespace kani::audio
