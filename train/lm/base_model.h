// Beginning from a language model that cannot speak yet (LFM2).
#pragma once

#include <cstdint>

#include "formats/safetensors.h"
#include "train/lm/language_model.h"

namespace kani::train {

/// Takes every weight of `base` and draws what it lacks: the rows of the embeddings (and of an
/// untied head) beyond its vocabulary, the projection of voices and the RoPE scales. New rows are
/// drawn around the mean of the old ones with a billionth of their covariance, as transformers'
/// resize_token_embeddings does for the original.
/// Throws kInvalidFile for a weight that is missing, misshapen or unknown, and for a base with more
/// rows than the model.
void LoadBase(LanguageModel& model, const formats::TensorStore& base, uint64_t seed);

}  // namespace kani::train
