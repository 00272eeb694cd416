#include "train/data/packing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace kani::train {
namespace {

/// Tokens of `count` clips of speech: log-normal durations around `median_s`, 0.5 to 20 s, of 12.5
/// frames of 4 tokens a second, 15 characters of text a second and 4 of them a token.
std::vector<int32_t> SpeechLengths(int64_t count, double median_s, double spread) {
  std::vector<int32_t> lengths;
  const CounterRandom random(5);
  for (int64_t i = 0; i < count; ++i) {
    const double normal = random.Normal(static_cast<uint64_t>(i));
    const double seconds = std::clamp(median_s * std::exp(spread * normal), 0.5, 20.0);
    const auto frames = static_cast<int32_t>(seconds * 12.5);
    lengths.push_back(4 * frames + static_cast<int32_t>(seconds * 15 / 4) + 10);
  }
  return lengths;
}

int64_t TokensOf(std::span<const int64_t> pack, const std::vector<int32_t>& lengths) {
  int64_t tokens = 0;
  for (const int64_t position : pack) tokens += lengths[static_cast<size_t>(position)];
  return tokens;
}

TEST(PackingTest, EveryClipIsInOnePackAndNoPackIsOverfull) {
  for (const int64_t count : {0, 1, 2, 63, 1000, 20000}) {
    const std::vector<int32_t> lengths = SpeechLengths(count, 5, 0.6);
    const Packing packing(lengths, 1500);
    std::vector<int> seen(lengths.size());
    for (int64_t pack = 0; pack < packing.size(); ++pack) {
      ASSERT_GT(packing.At(pack).size(), 0u);
      EXPECT_LE(TokensOf(packing.At(pack), lengths), 1500);
      for (const int64_t position : packing.At(pack)) ++seen[static_cast<size_t>(position)];
    }
    for (size_t i = 0; i < lengths.size(); ++i) EXPECT_EQ(seen[i], 1) << i;
    EXPECT_TRUE(packing.too_long().empty());
  }
}

TEST(PackingTest, IsNearlyFullOnSpeech) {
  for (const int64_t budget : {4096, 8192, 16384}) {
    for (const double median_s : {3.0, 5.0, 8.0}) {
      const std::vector<int32_t> lengths = SpeechLengths(50000, median_s, 0.6);
      const Packing packing(lengths, budget);
      EXPECT_GE(packing.fill(), 0.985) << budget << " tokens, clips of " << median_s << " s";
    }
  }
}

TEST(PackingTest, FillIsWhatThePacksHold) {
  const std::vector<int32_t> lengths = SpeechLengths(500, 5, 0.6);
  const Packing packing(lengths, 4096);
  int64_t tokens = 0;
  for (int64_t pack = 0; pack < packing.size(); ++pack) {
    tokens += TokensOf(packing.At(pack), lengths);
  }
  EXPECT_DOUBLE_EQ(packing.fill(), static_cast<double>(tokens) / (4096.0 * packing.size()));
}

TEST(PackingTest, ReportsClipsAboveTheBudgetInsteadOfCuttingThem) {
  const Packing packing(std::vector<int32_t>{50, 101, 100, 500, 50}, 100);
  EXPECT_EQ(packing.too_long(), (std::vector<int64_t>{1, 3}));
  ASSERT_EQ(packing.size(), 2);
  EXPECT_EQ(packing.fill(), 1);
}

TEST(PackingTest, MixesLongAndShortClipsFromBeginningToEnd) {
  const std::vector<int32_t> lengths = SpeechLengths(50000, 5, 0.6);
  const Packing packing(lengths, 8192);
  // Sorting by length would make packs of many short clips and packs of few long ones.
  const double mean_clips = 50000.0 / static_cast<double>(packing.size());
  const int64_t third = packing.size() / 3;
  for (const int64_t begin : {int64_t{0}, third, 2 * third}) {
    double clips = 0, squares = 0;
    for (int64_t pack = begin; pack < begin + third; ++pack) {
      const auto size = static_cast<double>(packing.At(pack).size());
      clips += size / static_cast<double>(third);
      squares += size * size / static_cast<double>(third);
    }
    EXPECT_NEAR(clips / mean_clips, 1, 0.03) << begin;
    EXPECT_LT(std::sqrt(squares - clips * clips) / mean_clips, 0.2) << begin;
  }
}

TEST(PackingTest, RefusesImpossibleSizes) {
  EXPECT_THROW(Packing(std::vector<int32_t>{1}, 0), Error);
  EXPECT_THROW(Packing(std::vector<int32_t>{1, 0}, 10), Error);
  EXPECT_THROW(PacksOf(10, 4, 0, 0, 3), Error);
}

TEST(PacksOfTest, TheJointBatchIsTheSameForAnyNumberOfProcesses) {
  for (const int64_t packs : {0, 1, 11, 12, 13, 100}) {
    for (const int64_t ranks : {1, 2, 3, 4, 6, 12}) {
      int64_t next = 0;
      for (int64_t step = 0; step < StepsOf(packs, 12); ++step) {
        EXPECT_EQ(next, step * 12);
        for (int64_t rank = 0; rank < ranks; ++rank) {
          const PackRange range = PacksOf(packs, 12, step, rank, ranks);
          EXPECT_EQ(range.begin, next);
          EXPECT_LE(range.end - range.begin, 12 / ranks);
          next = range.end;
        }
      }
      EXPECT_EQ(next, packs);
    }
  }
}

}  // namespace
}  // namespace kani::train
