#include "text/prompt.h"

#include <string>

#include "base/error.h"

namespace kani::text {

std::vector<int32_t> BuildPrompt(const Tokenizer& tokenizer, const model::TokenLayout& tokens,
                                 std::string_view text, std::string_view language,
                                 bool with_speaker, AddedTokens added) {
  const std::string tagged = language.empty() ? std::string(text) : StrCat(language, ": ", text);
  const std::vector<int32_t> ids = tokenizer.Encode(tagged, added);
  // A tokenizer of another model would make the prompt speak control or audio tokens.
  const int32_t limit =
      added == AddedTokens::kTrusted ? tokens.vocab_size() : tokens.text_vocab_size;
  for (const int32_t id : ids) {
    if (id >= limit) {
      Fail(ErrorCode::kInvalidFile, "tokenizer: ", Quoted(tokenizer.TokenText(id)), " has id ", id,
           ", but the model has ", limit, " such tokens: they do not belong together");
    }
  }
  std::vector<int32_t> prompt{tokens.start_of_human()};
  if (with_speaker) prompt.push_back(kSpeakerRow);
  prompt.insert(prompt.end(), ids.begin(), ids.end());
  prompt.insert(prompt.end(), {model::TokenLayout::kEndOfText, tokens.end_of_human(),
                               tokens.start_of_ai(), tokens.start_of_speech()});
  return prompt;
}

}  // namespace kani::text
