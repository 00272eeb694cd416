// A small model and invented clips for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "model/lm_config.h"
#include "train/data/held_out.h"

namespace kani::train {

inline model::LmConfig SmallConfig() {
  return model::LoadLmConfig(KANI_TEST_DATA "/training/golden/config.json");
}

/// A clip in which the text decides on the codes of the first codebook and the voice on the others.
inline HeldOutClip MakeClip(const model::LmConfig& config, int text, int voice, int frames) {
  const model::TokenLayout& tokens = config.tokens;
  Clip clip{{tokens.start_of_human(), model::kSpeakerRow, 1, 20 + text, 2, tokens.end_of_human(),
             tokens.start_of_ai(), tokens.start_of_speech()},
            std::vector<float>(static_cast<size_t>(config.speaker_emb_dim))};
  for (size_t i = 0; i < clip.speaker.size(); ++i) {
    clip.speaker[i] = (i % 3 == static_cast<size_t>(voice) % 3) ? 1.0f : 0.1f;
  }
  for (int frame = 0; frame < frames; ++frame) {
    for (int book = 0; book < tokens.codebooks; ++book) {
      clip.rows.push_back(tokens.CodebookStart(book) +
                          (book == 0 ? text : 3 * voice + book) % tokens.codebook_size);
    }
  }
  clip.rows.push_back(tokens.end_of_speech());
  clip.rows.push_back(tokens.end_of_ai());
  return {std::move(clip), "text " + std::to_string(text), "en"};
}

/// Every text by every voice.
inline std::vector<HeldOutClip> MakeClips(const model::LmConfig& config) {
  std::vector<HeldOutClip> clips;
  for (int text = 0; text < 3; ++text) {
    for (int voice = 0; voice < 3; ++voice) {
      clips.push_back(MakeClip(config, text, voice, 3 + (text + 2 * voice) % 4));
    }
  }
  return clips;
}

}  // namespace kani::train
