#include "audio/levels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kani::audio {

Levels Measure(std::span<const float> samples) {
  // Just below the largest 16-bit value, so that integer and float recordings are seen alike.
  constexpr double kFullScale = 0.9999;
  // One or two samples at full scale are a normalised peak; a flat top is longer.
  constexpr size_t kShortestRun = 3;

  Levels levels;
  double squares = 0;
  size_t run = 0, clipped = 0;
  for (const float sample : samples) {
    if (!std::isfinite(sample)) {
      levels.finite = false;
      run = 0;
      continue;
    }
    const double size = std::fabs(static_cast<double>(sample));
    levels.peak = std::max(levels.peak, size);
    squares += size * size;
    run = size >= kFullScale ? run + 1 : 0;
    if (run == kShortestRun) clipped += kShortestRun;
    if (run > kShortestRun) ++clipped;
  }
  if (!samples.empty()) {
    levels.rms = std::sqrt(squares / static_cast<double>(samples.size()));
    levels.clipped_fraction = static_cast<double>(clipped) / static_cast<double>(samples.size());
  }
  return levels;
}

}  // namespace kani::audio
