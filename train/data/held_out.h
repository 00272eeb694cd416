// Clips that a model is evaluated on: as they are, and with a text or a voice that is not theirs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/token_layout.h"
#include "text/tokenizer.h"
#include "train/data/clip.h"
#include "train/data/corpus.h"
#include "train/data/training_sequence.h"

namespace kani::train {

struct HeldOutClip {
  Clip clip;
  std::string text, language;
};

/// At most `most` of the clips with these numbers, spread evenly over them, because neighbours
/// often share speaker and source. Throws as BuildClip does.
std::vector<HeldOutClip> HeldOutClips(const Corpus& corpus, std::span<const int64_t> numbers,
                                      int64_t most, const text::Tokenizer& tokenizer,
                                      const model::TokenLayout& tokens,
                                      const SequenceOptions& options = {});

/// For each clip the index of the clip whose prompt it gets, or nothing where there is none.
using Donors = std::vector<std::optional<size_t>>;

/// Clips of another text, of the same language where it has one. Each language, in the order of its
/// texts, is rotated by half: every text is given away once, so wrong texts are as usual as right
/// ones, and no clip gets its own unless more than half of them share it.
Donors WrongTexts(std::span<const HeldOutClip> clips);
/// For each clip with a speaker row the clip whose embedding has the smallest cosine similarity
/// with its own. Names of speakers are not needed, and any other clip of a corpus with one main
/// speaker would most often be his.
Donors WrongVoices(std::span<const HeldOutClip> clips);

/// The audio and the speaker of `clip` behind the text of `donor`: the prompt is all before the
/// first audio token.
Clip WithText(const Clip& clip, const Clip& donor, const model::TokenLayout& tokens);
/// REQUIRES: both have a speaker row.
Clip WithVoice(const Clip& clip, const Clip& donor);

}  // namespace kani::train
