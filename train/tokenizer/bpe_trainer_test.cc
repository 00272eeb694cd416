#include "train/tokenizer/bpe_trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "model/lm_config.h"
#include "text/tokenizer.h"
#include "train/tokenizer/testing.h"
#include "train/tokenizer/tokenizer_writer.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;
using text::AddedTokens;

TEST(BpeTrainerTest, EnglishAndSpanishComeBackFromTheirTokens) {
  const std::vector<std::string> texts = TaggedSentences();
  ASSERT_EQ(texts.size(), 128u);
  const text::Tokenizer tokenizer(TrainOn(texts, {.vocab_size = 600}));
  size_t bytes = 0;
  size_t tokens = 0;
  for (const std::string& text : texts) {
    const std::vector<int32_t> ids = tokenizer.Encode(text, AddedTokens::kPlain, false);
    EXPECT_EQ(tokenizer.Decode(ids, false), text);
    EXPECT_LT(*std::max_element(ids.begin(), ids.end()), 600);
    bytes += text.size();
    tokens += ids.size();
  }
  EXPECT_GT(bytes, 2 * tokens) << "the merges do not fit the texts";
}

TEST(BpeTrainerTest, TextsAreEncodedAsTheMergesSay) {
  std::vector<std::string> texts;
  const auto add = [&](const char* word, size_t times) { texts.insert(texts.end(), times, word); };
  add("low", 5), add("lower", 2), add("newest", 6), add("widest", 3);
  const text::Tokenizer tokenizer(TrainOn(texts, {.vocab_size = 16 + 256 + 12}));
  const auto encode = [&](const char* text) {
    std::vector<std::string> out;
    for (const int32_t id : tokenizer.Encode(text, AddedTokens::kPlain)) {
      out.push_back(tokenizer.TokenText(id));
    }
    return out;
  };
  using Tokens = std::vector<std::string>;
  EXPECT_EQ(encode("lower"), (Tokens{"<|startoftext|>", "lower"}));
  EXPECT_EQ(encode("lowest"), (Tokens{"<|startoftext|>", "low", "est"}));
  EXPECT_EQ(encode("newer low"), (Tokens{"<|startoftext|>", "n", "ew", "er", "Ġ", "low"}));
}

TEST(BpeTrainerTest, TheOrderOfTheTextsDoesNotMatter) {
  std::vector<std::string> texts = TaggedSentences();
  const std::string expected = model::FormatTokenizerFile(TrainOn(texts, {.vocab_size = 600}));
  for (const uint32_t step : {1u, 3u, 65u}) {
    std::vector<std::string> shuffled;
    for (size_t i = 0; i < texts.size(); ++i) {
      shuffled.push_back(texts[(texts.size() - 1 - i) * step % texts.size()]);
    }
    ASSERT_TRUE(std::is_permutation(texts.begin(), texts.end(), shuffled.begin()));
    EXPECT_EQ(model::FormatTokenizerFile(TrainOn(shuffled, {.vocab_size = 600})), expected) << step;
  }
}

TEST(BpeTrainerTest, TheLayoutIsThatOfTheModelThatShips) {
  const fs::path mini = fs::path(KANI_MODELS) / "mini/lm";
  const model::TokenLayout expected = model::LoadLmConfig(mini / "config.json").tokens;
  const model::TokenizerFile theirs = model::LoadTokenizerFile(mini / "tokenizer.json");
  const BpeOptions options;
  EXPECT_EQ(options.layout().text_vocab_size, expected.text_vocab_size);
  EXPECT_EQ(options.layout().audio_tokens_start, expected.audio_tokens_start);
  EXPECT_EQ(options.layout().codebooks, expected.codebooks);
  EXPECT_EQ(options.layout().codebook_size, expected.codebook_size);

  const model::TokenizerFile ours = TrainOn(TaggedSentences(), options);
  EXPECT_EQ(ours.size(), expected.vocab_size());
  EXPECT_EQ(ours.patterns, theirs.patterns);
  EXPECT_EQ(ours.prefix_ids, theirs.prefix_ids);
  EXPECT_TRUE(std::equal(ours.vocab.begin(), ours.vocab.begin() + 16 + 256, theirs.vocab.begin()));
  EXPECT_EQ(ours.added_tokens, theirs.added_tokens);
}

TEST(BpeTrainerTest, SpecialTokensInATextStayText) {
  // With this pattern a text is one piece and would become one token, but for the last merge.
  const std::vector<std::pair<std::string, int32_t>> names{
      {"<|pad|>", 5}, {"<|im_end|>", 8}, {"<custom_token_1>", 13}};
  for (const auto& [name, merges] : names) {
    const text::Tokenizer tokenizer(
        TrainOn({name, name}, {.vocab_size = 16 + 256 + merges, .pattern = ".+"}));
    const auto ids = tokenizer.Encode(name, AddedTokens::kPlain, false);
    EXPECT_EQ(ids.size(), 2u) << name;
    EXPECT_GE(*std::min_element(ids.begin(), ids.end()), 16) << name;
    EXPECT_EQ(tokenizer.Encode(name, AddedTokens::kTrusted, false).size(), 1u) << name;
    EXPECT_NE(Failure([&] {
                TrainOn({name, name}, {.vocab_size = 16 + 256 + merges + 1, .pattern = ".+"});
              }),
              "accepted");
  }
}

TEST(BpeTrainerTest, TooFewPairsSayHowLargeTheVocabularyCanBe) {
  const auto train = [](int32_t vocab_size) {
    TrainOn({"low low low", "low"}, {.vocab_size = vocab_size});
  };
  // lo, low, and with its blank Ġlow.
  EXPECT_EQ(Failure([&] { train(16 + 256 + 3); }), "accepted");
  EXPECT_EQ(Failure([&] { train(16 + 256 + 4); }),
            "invalid_argument: tokenizer: a vocabulary of 276 was asked for, but the texts give "
            "275 with pairs that occur at least 2 times: add texts, or lower one of the two "
            "numbers");
  EXPECT_EQ(Failure([] { TrainOn({}, {.vocab_size = 16 + 256}); }), "accepted");
}

class LinesTest : public testing::Test {
 protected:
  ~LinesTest() override { fs::remove(path_); }
  fs::path Write(const std::string& text) {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  const fs::path path_ = fs::path(testing::TempDir()) / "bpe_trainer_lines.txt";
};

TEST_F(LinesTest, EachLineIsOneTextWhateverEndsIt) {
  const BpeOptions options{.vocab_size = 16 + 256 + 4, .min_pair_count = 1};
  const std::string expected = model::FormatTokenizerFile(TrainOn({"ab cd", "", "ef ab"}, options));
  for (const char* text : {"ab cd\n\nef ab\n", "ab cd\r\n\r\nef ab", "ab cd\n\nef ab"}) {
    BpeTrainer trainer(options);
    trainer.AddFile(Write(text));
    EXPECT_EQ(model::FormatTokenizerFile(trainer.Train()), expected);
  }
}

TEST_F(LinesTest, InvalidUtf8IsRefusedWithFileAndLine) {
  BpeTrainer trainer({});
  EXPECT_EQ(Failure([&] { trainer.AddFile(Write("fine\nno\xFF\n")); }),
            "invalid_argument: " + Quoted(path_.string()) +
                " line 2: text: invalid UTF-8 at byte 2 of 3");
}

TEST(BpeTrainerTest, ATextLargerThanItsLimitIsRefused) {
  BpeTrainer trainer({});
  const std::string text(64 << 10, 'a');
  trainer.Add(text, "list", 1);
  EXPECT_EQ(Failure([&] { trainer.Add(text + "a", "list", 2); }),
            "resource_exhausted: 'list' line 2: 65537 bytes, at most 65536 are one text");
}

TEST(BpeTrainerTest, OptionsOutOfRangeAreRefused) {
  const auto failure = [](const auto& change) {
    BpeOptions options;
    change(options);
    return Failure([&] { BpeTrainer{options}; });
  };
  const auto with_special = [&](const std::string& token) {
    return failure([&](BpeOptions& options) { options.special_tokens[3] = token; });
  };
  EXPECT_EQ(failure([](BpeOptions& options) { options.vocab_size = 271; }),
            "invalid_argument: tokenizer: vocabulary size 271, expected 272 to 200000");
  EXPECT_EQ(failure([](BpeOptions& options) { options.min_pair_count = 0; }).substr(0, 43),
            "invalid_argument: tokenizer: least count of");
  EXPECT_NE(failure([](BpeOptions& options) { options.codebooks = 0; }), "accepted");
  EXPECT_NE(failure([](BpeOptions& options) { options.codebook_size = 1 << 20; }), "accepted");
  EXPECT_NE(failure([](BpeOptions& options) { options.special_tokens.resize(7); }), "accepted");
  EXPECT_NE(failure([](BpeOptions& options) { options.pattern = "("; }), "accepted");
  for (const char* token : {"", "!", "ñ", "<|pad|>", "<custom_token_3>", "\xFF"}) {
    EXPECT_NE(with_special(token), "accepted") << token;
  }
  EXPECT_NE(with_special(std::string(257, 'x')), "accepted");
  EXPECT_EQ(with_special("<|mask|>"), "accepted");
}

}  // namespace
}  // namespace kani::train
