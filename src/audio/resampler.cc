// Output m lies at input position m * from / to. Its phase m mod to selects a row of the kernel,
// which holds only the taps where the window is not zero (torchaudio keeps `from` more per row).
// Each output is one sum in double in the order of time, so chunking cannot change it.

#include "audio/resampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/elementary.h"
#include "base/error.h"

namespace kani::audio {
namespace {

constexpr double kLowpassWidth = 6;  // zero crossings of the sinc on each side
constexpr double kRolloff = 0.99;    // cut-off as a share of the lower Nyquist frequency

/// Hann-windowed sinc at `zero_crossings` from its centre; 0 from kLowpassWidth on.
double WindowedSinc(double zero_crossings) {
  if (std::fabs(zero_crossings) >= kLowpassWidth) return 0;
  const double angle = std::numbers::pi * zero_crossings;
  const double window = Cos(angle / (2 * kLowpassWidth));
  return (angle == 0 ? 1.0 : Sin(angle) / angle) * window * window;
}

void CheckRate(int rate_hz) {
  if (rate_hz < kLowestRateHz || rate_hz > kHighestRateHz) {
    Fail(ErrorCode::kInvalidArgument, "sample rate ", rate_hz, " Hz, expected ", kLowestRateHz,
         " to ", kHighestRateHz);
  }
}

}  // namespace

Resampler::Resampler(int from_hz, int to_hz) {
  CheckRate(from_hz);
  CheckRate(to_hz);
  const int divisor = std::gcd(from_hz, to_hz);
  from_ = from_hz / divisor;
  to_ = to_hz / divisor;
  if (from_ == to_) return;

  const auto from = static_cast<double>(from_), to = static_cast<double>(to_);
  const double cutoff = kRolloff * std::min(from, to);
  width_ = static_cast<int64_t>(std::ceil(kLowpassWidth * from / cutoff));
  taps_ = 2 * width_;
  kernel_.resize(static_cast<size_t>(to_ * taps_));
  auto tap = kernel_.begin();
  for (int64_t phase = 0; phase < to_; ++phase) {
    const int64_t first = phase * from_ / to_ - width_ + 1;
    for (int64_t i = first; i < first + taps_; ++i) {
      const double distance = static_cast<double>(i) / from - static_cast<double>(phase) / to;
      *tap++ = static_cast<float>(WindowedSinc(distance * cutoff) * cutoff / from);
    }
  }
  Restart();
}

void Resampler::Restart() {
  history_.assign(static_cast<size_t>(width_ - 1), 0.0f);
  history_begin_ = 1 - width_;
  received_ = produced_ = 0;
}

void Resampler::Process(std::span<const float> input, std::vector<float>& output) {
  if (from_ == to_) {
    output.insert(output.end(), input.begin(), input.end());
    return;
  }
  history_.insert(history_.end(), input.begin(), input.end());
  received_ += static_cast<int64_t>(input.size());
  // Output m reads up to input floor(m * from / to) + width, which has to be below received.
  const int64_t positions = received_ - width_;
  if (positions > 0) Produce((positions * to_ + from_ - 1) / from_, output);

  const int64_t unread = produced_ * from_ / to_ - width_ + 1;
  // Moving what is left costs as much as it has samples: wait until that many can be dropped.
  if (unread - history_begin_ >= taps_) {
    history_.erase(history_.begin(), history_.begin() + (unread - history_begin_));
    history_begin_ = unread;
  }
}

void Resampler::Finish(std::vector<float>& output) {
  if (from_ == to_) return;
  history_.resize(history_.size() + static_cast<size_t>(width_), 0.0f);
  Produce((received_ * to_ + from_ - 1) / from_, output);
  Restart();
}

void Resampler::Produce(int64_t until, std::vector<float>& output) {
  for (; produced_ < until; ++produced_) {
    const int64_t first = produced_ * from_ / to_ - width_ + 1;
    const float* x = history_.data() + (first - history_begin_);
    const float* w = kernel_.data() + produced_ % to_ * taps_;
    double sum = 0;
    for (int64_t i = 0; i < taps_; ++i) sum += static_cast<double>(w[i]) * x[i];
    output.push_back(static_cast<float>(sum));
  }
}

std::vector<float> Resample(std::span<const float> samples, int from_hz, int to_hz) {
  Resampler resampler(from_hz, to_hz);
  std::vector<float> output;
  output.reserve(samples.size() * static_cast<size_t>(to_hz) / static_cast<size_t>(from_hz) + 1);
  resampler.Process(samples, output);
  resampler.Finish(output);
  return output;
}

}  // namespace kani::audio
