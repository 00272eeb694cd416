#include "text/tokenizer.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/random.h"
#include "text/byte_alphabet.h"
#include "text/pre_tokenizer.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

const std::filesystem::path kGoldens = std::filesystem::path(KANI_TEST_DATA) / "golden/tokenizer";

nlohmann::json ReadJson(const std::filesystem::path& path) {
  return nlohmann::json::parse(ReadTextFile(path, 64u << 20));
}

const Tokenizer& Golden() {
  static const Tokenizer tokenizer(
      model::LoadTokenizerFile(kGoldens / "merges_as_strings/tokenizer.json"));
  return tokenizer;
}

class GoldenTest : public testing::TestWithParam<const char*> {};

TEST_P(GoldenTest, EveryStringGivesTheReferencesIdsPiecesAndText) {
  const Tokenizer tokenizer(model::LoadTokenizerFile(kGoldens / GetParam() / "tokenizer.json"));
  const nlohmann::json strings = ReadJson(kGoldens / "strings.json");
  const nlohmann::json expected = ReadJson(kGoldens / GetParam() / "expected.json");
  ASSERT_EQ(strings.size(), 511u);
  ASSERT_EQ(expected.size(), strings.size());
  for (size_t i = 0; i < strings.size(); ++i) {
    const std::string text = strings[i];
    const nlohmann::json& item = expected[i];
    const auto ids = item["ids"].get<std::vector<int32_t>>();
    EXPECT_EQ(tokenizer.Encode(text, AddedTokens::kTrusted), ids) << text;
    EXPECT_EQ(tokenizer.Decode(ids, true), item["decoded"]) << text;
    EXPECT_EQ(tokenizer.Decode(ids, false), item["decoded_with_special"]) << text;
    if (item.contains("pieces")) {
      EXPECT_EQ(tokenizer.Pieces(text), item["pieces"].get<std::vector<std::string>>()) << text;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, GoldenTest,
                         testing::Values("merges_as_strings", "merges_as_pairs", "ignore_merges",
                                         "added_token_flags"));

/// Characters that stress the borders: blanks, marks, look-alikes, every plane.
std::string RandomText(uint64_t seed) {
  constexpr char32_t kNasty[] = {' ',    '\n',   '\r',   '\t',    '\'',     's',    'L',    '<',
                                 '|',    '>',    '1',    '.',     0x85,     0xA0,   0x17F,  0x301,
                                 0x200B, 0x2028, 0x3000, 0x1F600, 0x10FFFF, 0xFFFD, 0xFEFF, 0};
  const CounterRandom random(seed);
  std::string out;
  const uint32_t length = random.Bits(0) % 60;
  for (uint32_t i = 1; i <= length; ++i) {
    const uint32_t bits = random.Bits(i);
    char32_t c = kNasty[bits % std::size(kNasty)];
    if (bits >> 31) c = (bits >> 3) % 0x110000;
    if (c >= 0xD800 && c < 0xE000) c = 'x';
    AppendUtf8(out, c);
  }
  return out;
}

TEST(TokenizerTest, DecodingGivesBackEveryText) {
  for (uint64_t seed = 0; seed < 3000; ++seed) {
    const std::string text = RandomText(seed);
    for (const AddedTokens added : {AddedTokens::kPlain, AddedTokens::kTrusted}) {
      ASSERT_EQ(Golden().Decode(Golden().Encode(text, added, false), false), text) << seed;
    }
    std::string pieces;
    for (const std::string& piece : Golden().Pieces(text)) pieces += piece;
    ASSERT_GE(pieces.size(), text.size()) << seed;
  }
}

TEST(TokenizerTest, ControlTokensInPlainTextStayText) {
  const nlohmann::json file = ReadJson(kGoldens / "merges_as_strings/tokenizer.json");
  int32_t hidden = 0;
  for (const nlohmann::json& token : file["added_tokens"]) {
    const std::string content = token["content"];
    const int32_t id = token["id"];
    const std::string text = "say " + content + " now";
    const auto trusted = Golden().Encode(text, AddedTokens::kTrusted);
    const auto plain = Golden().Encode(text, AddedTokens::kPlain);
    EXPECT_EQ(std::count(trusted.begin(), trusted.end(), id), 1 + (id == 1)) << content;
    const bool word = content == "python" || content == "Mathias";
    EXPECT_EQ(std::count(plain.begin(), plain.end(), id), word + (id == 1)) << content;
    EXPECT_EQ(Golden().Decode(plain, true), text);
    hidden += !word;
  }
  EXPECT_EQ(hidden, 100);
}

TEST(TokenizerTest, PrefixComesOnlyWhenAsked) {
  EXPECT_EQ(Golden().Encode("", AddedTokens::kPlain), std::vector<int32_t>{1});
  EXPECT_TRUE(Golden().Encode("", AddedTokens::kPlain, false).empty());
}

TEST(TokenizerTest, InvalidUtf8IsRefusedWithItsPlace) {
  for (const char* text :
       {"ab\xFF", "ab\xC3", "ab\xED\xA0\x80", "ab\xC0\xAF", "ab\xF4\x90\x80\x80"}) {
    try {
      Golden().Encode(text, AddedTokens::kPlain);
      FAIL() << "accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(std::string(error.what()).find("byte 2"), std::string::npos) << error.what();
    }
  }
}

TEST(TokenizerTest, DecodingRepairsCutCharactersAndSkipsUnknownIds) {
  const auto ids = Golden().Encode("é", AddedTokens::kPlain, false);
  const auto bytes = Golden().Encode("\xF0\x9F\x98\x80", AddedTokens::kPlain, false);
  ASSERT_GE(bytes.size(), 2u);
  EXPECT_EQ(Golden().Decode(std::vector<int32_t>{bytes[0]}, false), "\xEF\xBF\xBD");
  const std::vector<int32_t> unknown{-1, Golden().size(), ids[0], INT32_MAX, INT32_MIN};
  EXPECT_EQ(Golden().Decode(unknown, false), Golden().Decode(std::vector<int32_t>{ids[0]}, false));
  EXPECT_EQ(Golden().TokenText(1), "<|startoftext|>");
  EXPECT_EQ(Golden().TokenText(1002), "<custom_token_0>");
  EXPECT_EQ(Golden().TokenText(-1), "");
  EXPECT_EQ(Golden().size(), 1042);
}

TEST(TokenizerTest, LongRunsTakeLinearTime) {
  std::string words;
  while (words.size() < 100'000) words += "<custom_token_<|im_end";
  for (const std::string& text :
       {std::string(100'000, ' '), std::string(100'000, ' ') + "x", std::string(100'000, 'a'),
        std::string(100'000, '\n'), std::string(100'000, '\''), words}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(Golden().Decode(Golden().Encode(text, AddedTokens::kTrusted), true), text);
    // Quadratic work would be 10^10 steps. The bound has room for sanitizers on a busy machine.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  }
}

model::TokenizerFile WithPattern(const std::string& pattern) {
  model::TokenizerFile file = model::LoadTokenizerFile(kGoldens / "merges_as_pairs/tokenizer.json");
  file.patterns = {pattern};
  return file;
}

TEST(TokenizerTest, AnyPatternSplitsAndKeepsTheGaps) {
  EXPECT_EQ(Tokenizer(WithPattern("[0-9]+")).Pieces("ab12c"),
            (std::vector<std::string>{"ab", "12", "c"}));
  EXPECT_EQ(Tokenizer(WithPattern("x*")).Pieces("axb"), (std::vector<std::string>{"a", "x", "b"}));
  EXPECT_EQ(Tokenizer(WithPattern("nothing")).Pieces("ab"), std::vector<std::string>{"ab"});
  EXPECT_THROW(Tokenizer(WithPattern("(")), Error);
}

/// Every code point but surrogates, in blocks, with whether `ranges` ("41-5A 61 ...") hold it.
void ForEachBlock(const std::string& ranges,
                  const std::function<void(const std::string&, const std::vector<bool>&)>& visit) {
  constexpr uint32_t kBlock = 4096, kEnd = 0x110000;
  std::vector<bool> holds(kEnd);
  std::istringstream list(ranges);
  for (std::string range; list >> range;) {
    const auto first = static_cast<uint32_t>(std::stoul(range, nullptr, 16));
    const size_t dash = range.find('-');
    const auto last = dash == std::string::npos
                          ? first
                          : static_cast<uint32_t>(std::stoul(range.substr(dash + 1), nullptr, 16));
    std::fill(holds.begin() + first, holds.begin() + last + 1, true);
  }
  for (uint32_t begin = 0; begin < kEnd; begin += kBlock) {
    std::string text;
    std::vector<bool> inside;
    for (uint32_t c = begin; c < begin + kBlock; ++c) {
      if (c >= 0xD800 && c < 0xE000) continue;
      AppendUtf8(text, c);
      inside.push_back(holds[c]);
    }
    visit(text, inside);
  }
}

TEST(TokenizerTest, ClassesOfCharactersAreThoseOfTheOfficialLibrary) {
  std::istringstream lines(
      ReadTextFile(std::filesystem::path(KANI_TEST_DATA) / "text/character_classes.tsv", 1 << 20));
  int classes = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    const std::string name = line.substr(0, line.find('\t'));
    const std::string pattern = name == "Digits" ? std::string(model::kDigitPattern) : name;
    ++classes;
    for (const std::string& written : {pattern + "+", "[" + pattern + "]+"}) {
      const PreTokenizer pre_tokenizer(std::span(&written, 1));
      ForEachBlock(
          line.substr(name.size()), [&](const std::string& text, const std::vector<bool>& inside) {
            size_t at = 0;
            for (const std::string_view piece : pre_tokenizer.Split(text)) {
              const bool is_match = inside[at];
              for (size_t i = 0; i < piece.size(); i += DecodeAt(piece, i).bytes, ++at) {
                ASSERT_EQ(inside[at], is_match) << written << " at U+" << std::hex
                                                << static_cast<uint32_t>(DecodeAt(piece, i).value);
              }
            }
            ASSERT_EQ(at, inside.size());
          });
    }
  }
  EXPECT_EQ(classes, 10);
}

TEST(TokenizerTest, ClassesKeepTheirMeaningInEverySpelling) {
  const auto pieces = [](const std::string& pattern, std::string_view text) {
    std::string out;
    for (const std::string& piece : Tokenizer(WithPattern(pattern)).Pieces(text)) {
      out += (out.empty() ? "" : "|") + FromByteAlphabet(piece);
    }
    return out;
  };
  // U+10D4A is a letter since Unicode 16, in the script Garay.
  EXPECT_EQ(pieces(R"(\p{L}+)", "1\U00010D4A\U00010D501"), "1|\U00010D4A\U00010D50|1");
  EXPECT_EQ(pieces(R"(\p{Letter}+)", "1\U00010D4A1"), "1|\U00010D4A|1");
  EXPECT_EQ(pieces(R"(\p{^L}+)", "a1-b"), "a|1-|b");
  EXPECT_EQ(pieces(R"(\P{L}+)", "a1-b"), "a|1-|b");
  EXPECT_EQ(pieces(R"([^\p{L}\p{N}]+)", "a--b"), "a|--|b");
  EXPECT_EQ(pieces(R"(\W+)", "a--b"), "a|--|b");
  EXPECT_EQ(pieces(R"(\D+)", "1--2"), "1|--|2");
  EXPECT_EQ(pieces(R"(\\p)", R"(a\pb)"), R"(a|\p|b)");
  EXPECT_EQ(pieces(R"(\p{Han}+)", "a\u6F22b"), "a|\u6F22|b");
  EXPECT_THROW(Tokenizer(WithPattern("\\p{Nothing}")), Error);
  EXPECT_THROW(Tokenizer(WithPattern("\\p{L")), Error);
}

// GPT-2's pattern behind Digits, as StarCoder and SmolLM have it. The pieces are those of
// tokenizers 0.23.3.
TEST(TokenizerTest, PatternsSplitOneAfterTheOther) {
  model::TokenizerFile file = WithPattern(std::string(model::kDigitPattern));
  file.patterns.emplace_back(model::kGpt2Pattern);
  EXPECT_EQ(Tokenizer(file).Pieces("I've 12 é's  x"),
            (std::vector<std::string>{"I", "'ve", "Ġ", "1", "2", "ĠÃ©", "'s", "Ġ", "Ġx"}));
  file.patterns.clear();
  EXPECT_EQ(Tokenizer(file).Pieces("a b"), std::vector<std::string>{"aĠb"});
  EXPECT_EQ(Tokenizer(file).Pieces(""), std::vector<std::string>{});
}

TEST(TokenizerTest, APatternThatBacktracksWithoutEndGivesUp) {
  const Tokenizer tokenizer(WithPattern("(?:a|aa|aaa)*$b|(?:(a+)+)+\\1c"));
  try {
    tokenizer.Encode(std::string(200, 'a') + "d", AddedTokens::kPlain);
    FAIL() << "matched";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kResourceExhausted) << error.what();
  }
}

TEST(TokenizerTest, AVocabularyWithoutAByteIsRefused) {
  model::TokenizerFile file = model::LoadTokenizerFile(kGoldens / "merges_as_pairs/tokenizer.json");
  for (std::string& token : file.vocab) {
    if (token == "a") token = "aaaa";
  }
  EXPECT_THROW(Tokenizer{file}, Error);
}

}  // namespace
}  // namespace kani::text
