#include "train/evaluate/confusion.h"

#include <gtest/gtest.h>

#include <vector>

namespace kani::train {
namespace {

// Codebook 0 is [60, 80), codebook 1 is [80, 100).
constexpr model::TokenLayout kTokens{
    .text_vocab_size = 50, .audio_tokens_start = 60, .codebooks = 2, .codebook_size = 20};

TEST(ConfusionTest, CountsTheLikeliestTokenAndAnyOfTheFiveLikeliest) {
  ConfusionCounter counter(kTokens);
  counter.Add(60, std::vector<int64_t>{61, 62, 63, 64, 65});  // right, and nothing else near
  counter.Add(79, std::vector<int64_t>{79, 99, 60, 61, 62});  // right, one of the other near
  counter.Add(60, std::vector<int64_t>{99, 98, 97, 60, 3});   // wrong
  counter.Add(61, std::vector<int64_t>{52, 60, 61, 62, 63});  // no audio
  counter.Add(80, std::vector<int64_t>{80, 60, 1, 2, 3});
  const Confusion first = counter.top1();
  EXPECT_EQ(first.shares, (std::vector<double>{0.5, 0.25, 0, 1}));
  EXPECT_EQ(first.average_diagonal(), 0.75);
  EXPECT_EQ(first.min_diagonal(), 0.5);
  EXPECT_EQ(first.average_off_diagonal(), 0.125);
  EXPECT_EQ(first.max_off_diagonal(), 0.25);
  const Confusion any = counter.top5();
  EXPECT_EQ(any.shares, (std::vector<double>{4.0 / 6, 2.0 / 6, 0.5, 0.5}));
}

TEST(ConfusionTest, ACodebookWithoutTargetsHasNoShares) {
  ConfusionCounter counter(kTokens);
  counter.Add(60, std::vector<int64_t>{60, 61, 62, 63, 64});
  EXPECT_EQ(counter.top1().shares, (std::vector<double>{1, 0, 0, 0}));
  EXPECT_EQ(counter.top5().shares, (std::vector<double>{1, 0, 0, 0}));
}

TEST(ConfusionTest, OneCodebookHasNothingBesideTheDiagonal) {
  const Confusion single{1, {0.5}};
  EXPECT_EQ(single.average_diagonal(), 0.5);
  EXPECT_EQ(single.average_off_diagonal(), 0);
  EXPECT_EQ(single.max_off_diagonal(), 0);
}

}  // namespace
}  // namespace kani::train
