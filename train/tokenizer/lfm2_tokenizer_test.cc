#include "train/tokenizer/lfm2_tokenizer.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kani::train {
namespace {

class SpeechTokenizerTest : public testing::Test {
 protected:
  /// The golden tokenizer up to its last text token.
  model::TokenizerFile base_ = [] {
    model::TokenizerFile file =
        model::LoadTokenizerFile(KANI_TEST_DATA "/golden/end_to_end/model/tokenizer.json");
    std::erase_if(file.added_tokens, [](const model::AddedToken& token) {
      return token.content.starts_with(kCustomTokenPrefix);
    });
    return file;
  }();
  model::TokenLayout tokens_{.text_vocab_size = base_.size(),
                             .audio_tokens_start = base_.size() + 10,
                             .codebooks = 4,
                             .codebook_size = 5};
};

TEST_F(SpeechTokenizerTest, AddsATokenForEveryRowBehindTheText) {
  const model::TokenizerFile made = SpeechTokenizer(base_, tokens_, "base");
  EXPECT_TRUE(model::ParseTokenizerFile(model::FormatTokenizerFile(made), "made") == made);
  EXPECT_EQ(made.size(), tokens_.vocab_size());
  EXPECT_EQ(made.added_tokens.back().content, "<custom_token_29>");
  EXPECT_EQ(made.added_tokens.back().id, tokens_.text_vocab_size + 29);
}

TEST_F(SpeechTokenizerTest, RefusesATokenizerOfAnotherSizeAndWhatIsNone) {
  ++tokens_.text_vocab_size;
  EXPECT_THROW(SpeechTokenizer(base_, tokens_, "base"), Error);
  EXPECT_THROW(model::ParseTokenizerFile("{}", "base"), Error);
  EXPECT_THROW(
      model::ParseTokenizerFile(R"({"added_tokens": [{}], "model": {"vocab": {}}})", "base"),
      Error);
}

}  // namespace
}  // namespace kani::train
