// For tests: models and clips in which nothing is at rest.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "model/lm_config.h"
#include "train/data/clip.h"
#include "train/lm/initialise.h"
#include "train/lm/language_model.h"

namespace kani::train {

/// Weights of which no norm is 1, no bias 0 and no RoPE scale in the middle of its range.
inline void DrawWeights(LanguageModel& model, uint64_t seed) {
  constexpr double kDeviation = 0.2;
  Initialise(model, seed);
  const CounterRandom random(seed, 1);                         // Initialise draws from stream 0
  const at::Tensor drawn = model.parameters().values().cpu();  // itself on the processor
  for (int64_t i = 0; i < drawn.size(0); ++i) {
    drawn.data_ptr<float>()[i] +=
        static_cast<float>(kDeviation * random.Normal(static_cast<uint64_t>(i)));
  }
  model.parameters().values().copy_(drawn);
}

/// A clip of random words and codes, with the voice of a speaker or without a speaker row.
inline Clip RandomClip(const model::LmConfig& config, uint64_t seed, int frames, bool has_speaker) {
  const model::TokenLayout& tokens = config.tokens;
  const CounterRandom random(seed);
  uint64_t draws = 0;
  const auto draw = [&](int32_t below) {
    return static_cast<int32_t>(random.Bits(draws++) % static_cast<uint32_t>(below));
  };
  Clip clip{.rows = {tokens.start_of_human()}};
  if (has_speaker) {
    const CounterRandom voice(seed, 1);
    clip.rows.push_back(model::kSpeakerRow);
    for (int64_t i = 0; i < config.speaker_emb_dim; ++i) {
      clip.speaker.push_back(static_cast<float>(voice.Normal(static_cast<uint64_t>(i))));
    }
  }
  clip.rows.push_back(tokens.kStartOfText);
  for (int i = 0; i < 5; ++i) clip.rows.push_back(draw(tokens.text_vocab_size));
  clip.rows.insert(clip.rows.end(), {tokens.kEndOfText, tokens.end_of_human(), tokens.start_of_ai(),
                                     tokens.start_of_speech()});
  for (int frame = 0; frame < frames; ++frame) {
    for (int32_t book = 0; book < tokens.codebooks; ++book) {
      clip.rows.push_back(tokens.CodebookStart(book) + draw(tokens.codebook_size));
    }
  }
  clip.rows.insert(clip.rows.end(), {tokens.end_of_speech(), tokens.end_of_ai()});
  return clip;
}

}  // namespace kani::train
