// Simple facts about a recording: peak, RMS, silence, clipping.
#pragma once

#include <span>

namespace kani::audio {

struct Levels {
  double peak = 0;  ///< largest |x|
  double rms = 0;
  double clipped_fraction = 0;  ///< share of samples in runs of >= 3 at full scale
  bool finite = true;           ///< false if any sample is NaN or infinite; those count as 0 above
};
Levels Measure(std::span<const float> samples);
/// Below -60 dBFS RMS nothing is left to clone.
inline constexpr double kSilenceRms = 1e-3;

}  // namespace kani::audio
