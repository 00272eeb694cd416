#include "train/tokenizer/merge_learner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "text/byte_alphabet.h"

namespace kani::train {
namespace {

/// "left right" of each merge.
std::vector<std::string> Merges(const LearnedMerges& learned) {
  std::vector<std::string> out;
  for (size_t rank = 0; rank < learned.merges.size(); ++rank) {
    const auto [left, right] = learned.merges[rank];
    const std::string& left_text = learned.tokens[static_cast<size_t>(left)];
    const std::string& right_text = learned.tokens[static_cast<size_t>(right)];
    EXPECT_EQ(learned.tokens[256 + rank], left_text + right_text);
    out.push_back(left_text + " " + right_text);
  }
  return out;
}

std::vector<std::string> LearnAll(const PieceCounts& pieces, int64_t min_pair_count = 1) {
  return Merges(LearnMerges(pieces, {.max_tokens = 10'000, .min_pair_count = min_pair_count}));
}

// The paper's example. Worked out by hand:
//   es 9 (st too, e < s); es+t 9; lo 7 (ow too); lo+w 7; then ew, ne, w+est 6 each: e+w;
//   ew+est and n+ew 6 each: ew+est; n+ewest 6; then of the 3s: d+est, i+dest, w+idest;
//   then of the 2s: e+r, low+er.
const PieceCounts kPaper{{"low", 5}, {"lower", 2}, {"newest", 6}, {"widest", 3}};
const std::vector<std::string> kPaperMerges{"e s",    "es t",    "l o",     "lo w",
                                            "e w",    "ew est",  "n ewest", "d est",
                                            "i dest", "w idest", "e r",     "low er"};

TEST(MergeLearnerTest, AKnownCorpusGivesTheMergesWorkedOutByHand) {
  EXPECT_EQ(LearnAll(kPaper), kPaperMerges);
}

TEST(MergeLearnerTest, RarePairsStayApart) {
  EXPECT_EQ(LearnAll(kPaper, 3),
            std::vector<std::string>(kPaperMerges.begin(), kPaperMerges.begin() + 10));
  EXPECT_TRUE(LearnAll(kPaper, 10).empty());
}

TEST(MergeLearnerTest, TheVocabularyGrowsToItsLimitAndNoFurther) {
  const LearnedMerges learned = LearnMerges(kPaper, {.max_tokens = 260});
  EXPECT_EQ(learned.tokens.size(), 260u);
  EXPECT_EQ(learned.tokens.back(), "low");
  EXPECT_EQ(LearnMerges(kPaper, {.max_tokens = 256}).merges.size(), 0u);
}

TEST(MergeLearnerTest, AllBytesAreTokensInTheOrderOfTheirAlphabet) {
  const LearnedMerges learned = LearnMerges({}, {.max_tokens = 1000});
  ASSERT_EQ(learned.tokens.size(), 256u);
  EXPECT_EQ(learned.tokens.front(), "!");
  EXPECT_EQ(learned.tokens[65 - 33], "A");
  EXPECT_EQ(learned.tokens[188], text::ToByteAlphabet(std::string(1, '\0')));
  EXPECT_EQ(learned.tokens.back(), text::ToByteAlphabet("\xAD"));
}

TEST(MergeLearnerTest, ARunMergesFromTheLeft) {
  // aaaaa has four pairs; after the first merge aa aa a is left, where (aa,a) < (aa,aa).
  EXPECT_EQ(LearnAll({{"aaaaa", 1}}), (std::vector<std::string>{"a a", "aa a", "aa aaa"}));
}

TEST(MergeLearnerTest, BytesOfOneCharacterMergeLikeLetters) {
  EXPECT_EQ(LearnAll({{"\xC3\xB1", 2}, {" a", 1}}), (std::vector<std::string>{"Ã ±", "Ġ a"}));
}

TEST(MergeLearnerTest, ReservedTextsNeverBecomeTokens) {
  const LearnedMerges learned =
      LearnMerges(kPaper, {.max_tokens = 10'000, .reserved = {"es", "low"}});
  for (const std::string& token : learned.tokens) EXPECT_TRUE(token != "es" && token != "low");
  EXPECT_EQ(Merges(learned).front(), "s t");
}

/// Merges with everything counted anew for each: obvious and slow.
std::vector<std::string> CountEachTime(const PieceCounts& counts) {
  std::vector<std::pair<std::vector<std::string>, int64_t>> pieces;
  for (const auto& [bytes, count] : counts) {
    pieces.emplace_back();
    pieces.back().second = count;
    for (const char byte : bytes) {
      pieces.back().first.push_back(text::ToByteAlphabet({&byte, 1}));
    }
  }
  std::vector<std::string> out;
  for (;;) {
    std::map<std::pair<std::string, std::string>, int64_t> pairs;
    for (const auto& [tokens, count] : pieces) {
      for (size_t i = 0; i + 1 < tokens.size(); ++i) pairs[{tokens[i], tokens[i + 1]}] += count;
    }
    if (pairs.empty()) return out;
    // The first of the largest, in the order of the strings.
    const auto best =
        std::max_element(pairs.begin(), pairs.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    const auto [left, right] = best->first;
    out.push_back(left + " " + right);
    for (auto& [tokens, count] : pieces) {
      for (size_t i = 0; i + 1 < tokens.size(); ++i) {
        if (tokens[i] != left || tokens[i + 1] != right) continue;
        tokens[i] += right;
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
    }
  }
}

TEST(MergeLearnerTest, AgreesWithCountingEverythingAnewForEachMerge) {
  for (uint64_t seed = 0; seed < 300; ++seed) {
    const CounterRandom random(seed);
    const uint32_t letters = 2 + random.Bits(0) % 4;
    PieceCounts pieces;
    for (uint32_t i = 0, at = 1; i < 30; ++i) {
      std::string piece(1 + random.Bits(at++) % 12, 'a');
      for (char& letter : piece) letter = static_cast<char>('a' + random.Bits(at++) % letters);
      pieces[piece] += 1 + random.Bits(at++) % 5;
    }
    const LearnedMerges learned = LearnMerges(pieces, {.max_tokens = 10'000});
    ASSERT_EQ(Merges(learned), CountEachTime(pieces)) << seed;
    const std::set<std::string> texts(learned.tokens.begin(), learned.tokens.end());
    ASSERT_EQ(texts.size(), learned.tokens.size()) << "a token was learned twice";
  }
}

}  // namespace
}  // namespace kani::train
