#include "train/data/training_sequence.h"

#include <algorithm>

#include "base/error.h"
#include "text/prompt.h"
#include "text/unicode.h"

namespace kani::train {

std::vector<uint16_t> DropRepeatedFrames(std::span<const uint16_t> codes, int32_t codebooks) {
  const auto width = static_cast<size_t>(codebooks);
  std::vector<uint16_t> out;
  for (size_t begin = 0; begin < codes.size(); begin += width) {
    const auto frame = codes.subspan(begin, width);
    if (begin > 0 && std::ranges::equal(frame, codes.subspan(begin - width, width))) continue;
    out.insert(out.end(), frame.begin(), frame.end());
  }
  return out;
}

Clip BuildClip(const Utterance& utterance, const CorpusFormat& format,
               const text::Tokenizer& tokenizer, const model::TokenLayout& tokens,
               const SequenceOptions& options) {
  if (format.codebooks != tokens.codebooks || format.codebook_size != tokens.codebook_size) {
    Fail(ErrorCode::kInvalidArgument, "clip ", Quoted(utterance.id), ": ", format.codebooks,
         " codebooks of ", format.codebook_size, ", expected by the model ", tokens.codebooks,
         " of ", tokens.codebook_size);
  }
  Clip clip;
  clip.rows = text::BuildPrompt(tokenizer, tokens, utterance.text,
                                text::LowerCase(utterance.language), !utterance.embedding.empty());
  const std::vector<uint16_t> codes = options.drop_repeated_frames
                                          ? DropRepeatedFrames(utterance.codes, format.codebooks)
                                          : utterance.codes;
  clip.rows.reserve(clip.rows.size() + codes.size() + 2);
  for (size_t i = 0; i < codes.size(); ++i) {
    const auto codebook = static_cast<int32_t>(i % static_cast<size_t>(format.codebooks));
    clip.rows.push_back(tokens.CodebookStart(codebook) + codes[i]);
  }
  clip.rows.insert(clip.rows.end(), {tokens.end_of_speech(), tokens.end_of_ai()});
  clip.speaker = utterance.embedding;
  return clip;
}

}  // namespace kani::train
