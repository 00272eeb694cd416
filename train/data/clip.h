// One training sequence, free of LibTorch so that train/data can build it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace kani::train {

/// One training sequence: prompt, audio tokens, end of speech, end of turn.
struct Clip {
  std::vector<int32_t> rows;   ///< token ids, or model::kSpeakerRow
  std::vector<float> speaker;  ///< [speaker_emb_dim] if there is a speaker row
  /// What the model reads in place of `rows` while it learns to predict these; empty: the same.
  std::vector<int32_t> inputs;
  size_t first_target = 0;  ///< rows before it are read, not predicted
};

}  // namespace kani::train
