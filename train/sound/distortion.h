// What may lie between a voice and the codec's encoder: another level, another tone, noise. An
// encoder that has heard only studio sound is lost in anything else.
#pragma once

#include <cstdint>
#include <span>

namespace kani::train {

/// Shares of clips, and how much. 0: never.
struct DistortionOptions {
  double noise = 0.0;         ///< share of clips with noise, whose colour is drawn too
  double lowest_snr_db = 10;  ///< the highest is 40
  double level = 0.0;         ///< share of clips that are louder or softer
  double level_db = 10;       ///< by at most so much
  double tilt = 0.0;          ///< share of clips whose treble is raised or lowered
};

/// Throws kInvalidArgument for numbers out of range.
void Check(const DistortionOptions& options);

/// In place; a function of the samples, the options and the draw.
/// @param stream of `seed`
void Distort(const DistortionOptions& options, uint64_t seed, uint64_t stream,
             std::span<float> samples);

}  // namespace kani::train
