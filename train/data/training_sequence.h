// From a clip of the corpus to the rows that the language model is trained on.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/token_layout.h"
#include "text/tokenizer.h"
#include "train/data/clip.h"
#include "train/data/utterance.h"

namespace kani::train {

struct SequenceOptions {
  /// The original's way: every frame that equals the one before it is dropped. It makes a model
  /// speak with shortened silences and sustained sounds, so it is off.
  bool drop_repeated_frames = false;
};

/// The frames that differ from the one before them. @param codes [F, Q]
std::vector<uint16_t> DropRepeatedFrames(std::span<const uint16_t> codes, int32_t codebooks);

/// Prompt (with a speaker row if the clip has an embedding), audio tokens frame by frame, end of
/// speech, end of the AI's turn. The language in lower case is the text's tag.
/// Throws kInvalidArgument if codebooks or their size are not those of `tokens`, and as
/// text::BuildPrompt does.
Clip BuildClip(const Utterance& utterance, const CorpusFormat& format,
               const text::Tokenizer& tokenizer, const model::TokenLayout& tokens,
               const SequenceOptions& options = {});

}  // namespace kani::train
