// From recordings of a speaker to a voice.
#pragma once

#include <span>
#include <vector>

#include "base/log.h"
#include "speaker/encoder.h"
#include "voices/voice.h"

namespace kani::voices {

/// A voice and what it is the mean of.
struct Clone {
  Voice voice;                                 ///< without a name and a language
  std::vector<std::vector<float>> embeddings;  ///< [D] of each recording, in their order
};

/// Embeds each recording and averages. Throws and warns as speaker::EmbedRecording does, and
/// kInvalidArgument for no recordings or such that cancel each other out.
/// @param normalize whether the mean of several is brought to unit length; false is upstream's
/// plain mean.
Clone CloneVoice(kernels::Ops& ops, const speaker::Encoder& encoder,
                 std::span<const speaker::Recording> recordings, bool normalize,
                 speaker::Silence silence, const WarningSink& warn = {});

/// Mean of embeddings of one size, of unit length unless `normalize` is false; a single one comes
/// back as it is. Throws kInvalidArgument for none, or such that cancel each other out.
std::vector<float> MeanEmbedding(std::span<const std::vector<float>> embeddings, bool normalize);
/// In [-1, 1]; NaN where one of them is zero.
double CosineSimilarity(std::span<const float> a, std::span<const float> b);

}  // namespace kani::voices
