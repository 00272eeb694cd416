// One training sequence, free of LibTorch so that train/data can build it.
#pragma once

#include <cstdint>
#include <vector>

namespace kani::train {

/// One training sequence: prompt, audio tokens, end of speech, end of turn.
struct Clip {
  std::vector<int32_t> rows;   ///< token ids, or model::kSpeakerRow
  std::vector<float> speaker;  ///< [speaker_emb_dim] if there is a speaker row
};

}  // namespace kani::train
