// What training changes about a clip from epoch to epoch; evaluation reads clips as they are.
#pragma once

#include <cstdint>

#include "model/token_layout.h"
#include "train/data/clip.h"

namespace kani::train {

struct ClipVariation {
  /// Only audio tokens and the ends behind them are predicted, not the text.
  bool audio_targets_only = false;
  /// Share of the audio tokens that are read as another code of their codebook, drawn evenly: the
  /// model learns to go on after mistakes of its own.
  double replaced_inputs = 0;
  /// How often a clip is trained without its voice, so that one model speaks with a voice and
  /// without, and the two can be weighed against each other (classifier-free guidance).
  double dropped_voices = 0;
};

/// Throws kInvalidArgument for shares outside [0, 1].
void Check(const ClipVariation& variation);

/// Changes a clip in place; the same for the same seed, epoch and number.
void Vary(const ClipVariation& variation, const model::TokenLayout& tokens, uint64_t seed,
          int64_t epoch, int64_t number, Clip& clip);

}  // namespace kani::train
