// Long silence taken out of a recording.
#pragma once

#include <span>
#include <vector>

namespace kani::audio {

/// A pause of speakers: what is longer is shortened to this.
inline constexpr double kNaturalPauseSeconds = 0.5;

/// The recording with every stretch of silence beyond a natural pause cut to it, half a pause at
/// either end of the stretch; at both ends of the recording, half a pause is left. Silent is what
/// lies 30 dB below the loud parts, or below -60 dBFS. A recording without such a stretch, or with
/// nothing else, comes back as it is.
std::vector<float> WithoutLongSilence(std::span<const float> samples, int sample_rate_hz);

}  // namespace kani::audio
