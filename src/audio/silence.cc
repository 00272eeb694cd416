#include "audio/silence.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "audio/levels.h"

namespace kani::audio {
namespace {

constexpr double kFrameSeconds = 0.02;
// The level of the loud parts is that which one frame in ten exceeds, of those that are not silent:
// a short knock is no speech.
constexpr double kLoudShare = 0.9;
constexpr double kBelowLoud = 0.0316;  // -30 dB

/// RMS of each frame of `frame` samples.
std::vector<double> FrameLevels(std::span<const float> samples, size_t frame) {
  std::vector<double> levels;
  for (size_t at = 0; at < samples.size(); at += frame) {
    levels.push_back(Measure(samples.subspan(at, std::min(frame, samples.size() - at))).rms);
  }
  return levels;
}

/// Below it a frame is silent.
double Threshold(std::vector<double> levels) {
  std::erase_if(levels, [](double level) { return level < kSilenceRms; });
  if (levels.empty()) return kSilenceRms;
  const auto loud =
      levels.begin() + static_cast<std::ptrdiff_t>(kLoudShare * static_cast<double>(levels.size()));
  std::nth_element(levels.begin(), loud, levels.end());
  return std::max(kSilenceRms, kBelowLoud * *loud);
}

}  // namespace

std::vector<float> WithoutLongSilence(std::span<const float> samples, int sample_rate_hz) {
  const auto frame = static_cast<size_t>(std::max(1.0, kFrameSeconds * sample_rate_hz));
  const auto half_pause = static_cast<size_t>(kNaturalPauseSeconds / 2 * sample_rate_hz);
  const std::vector<double> levels = FrameLevels(samples, frame);
  const double threshold = Threshold(levels);
  const auto is_silent = [&](double level) { return level < threshold; };
  if (std::all_of(levels.begin(), levels.end(), is_silent)) return {samples.begin(), samples.end()};

  std::vector<float> out;
  const auto keep = [&](size_t begin, size_t end) {
    const auto part = samples.subspan(begin, std::min(end, samples.size()) - begin);
    out.insert(out.end(), part.begin(), part.end());
  };
  for (size_t i = 0; i < levels.size();) {
    const size_t first = i;
    const bool silent = is_silent(levels[i]);
    while (i < levels.size() && is_silent(levels[i]) == silent) ++i;
    const size_t begin = first * frame, end = std::min(i * frame, samples.size());
    const size_t at_begin = first == 0 ? 0 : half_pause;
    const size_t at_end = i == levels.size() ? 0 : half_pause;
    if (!silent || end - begin <= at_begin + at_end) {
      keep(begin, end);
    } else {
      keep(begin, begin + at_begin);
      keep(end - at_end, end);
    }
  }
  return out;
}

}  // namespace kani::audio
