// First weights of a model that is trained from nothing.
#pragma once

#include <cstdint>

#include "train/lm/language_model.h"

namespace kani::train {

/// Matrices ~ N(0, std), those that write into the stream between layers divided by sqrt(2 layers)
/// so that its variance does not grow with depth; norms 1, RoPE scales in the middle of their
/// range, short convolutions uniform in +-1 / sqrt(taps). A function of the seed alone.
/// @param std of the embeddings; matrices of width D get std * sqrt(1024 / D)
void Initialise(LanguageModel& model, uint64_t seed, double std = 0.02);

}  // namespace kani::train
