// Whether a model says by itself what it was trained on: greedy speech of the engine that users
// have, against the codes of the clips. Needs no LibTorch.
#pragma once

#include <cstdint>
#include <span>

#include "lm/language_model.h"
#include "train/data/clip.h"

namespace kani::train {

struct Recital {
  int64_t clips = 0;
  int64_t perfect = 0;        ///< clips of which every code was right, with the end at its place
  int64_t codes = 0;          ///< of all clips
  int64_t right_codes = 0;    ///< those that were said at their place
  int64_t right_at_once = 0;  ///< those before the first mistake of their clip
};

/// Says each clip from its prompt and voice, always choosing the likeliest token, up to a few
/// frames beyond its length.
Recital Recite(kernels::Ops& ops, const lm::LanguageModel& model, std::span<const Clip> clips);

}  // namespace kani::train
