#include "train/tokenizer/lfm2_tokenizer.h"

#include <utility>

#include "base/error.h"

namespace kani::train {

void AddSpeechTokens(const model::TokenLayout& tokens, std::vector<model::AddedToken>& added) {
  for (int32_t id = tokens.text_vocab_size; id < tokens.vocab_size(); ++id) {
    added.push_back({.id = id,
                     .content = StrCat(kCustomTokenPrefix, id - tokens.text_vocab_size, ">"),
                     .normalized = true});
  }
}

model::TokenizerFile SpeechTokenizer(model::TokenizerFile base, const model::TokenLayout& tokens,
                                     const std::string& source) {
  if (base.size() != tokens.text_vocab_size) {
    Fail(ErrorCode::kInvalidFile, source, ": ", base.size(),
         " tokens, expected text_vocab_size = ", tokens.text_vocab_size);
  }
  AddSpeechTokens(tokens, base.added_tokens);
  return base;
}

}  // namespace kani::train
