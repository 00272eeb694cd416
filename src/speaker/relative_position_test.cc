#include "speaker/relative_position.h"

#include <gtest/gtest.h>

#include <utility>

namespace kani::speaker {
namespace {

TEST(RelativePositionTest, BucketsAreThoseOfWavLmLarge) {
  for (const auto& [distance, bucket] : {std::pair<int64_t, int64_t>{0, 0},
                                         {1, 1},
                                         {79, 79},
                                         {80, 80},
                                         {81, 80},
                                         {777, 158},
                                         {778, 159},
                                         {5000, 159}}) {
    EXPECT_EQ(RelativePositionBucket(-distance, 320, 800), bucket) << distance;
    if (distance > 0) {
      EXPECT_EQ(RelativePositionBucket(distance, 320, 800), bucket + 160) << distance;
    }
  }
}

TEST(RelativePositionTest, BucketsNeverFallWithDistance) {
  int64_t before = 0;
  for (int64_t distance = 0; distance < 3000; ++distance) {
    const int64_t bucket = RelativePositionBucket(-distance, 320, 800);
    EXPECT_GE(bucket, before);
    EXPECT_LT(bucket, 160);
    before = bucket;
  }
}

TEST(RelativePositionTest, StripHoldsTheBiasOfEveryPair) {
  constexpr int64_t kHeads = 3, kBuckets = 8, kMaxDistance = 6, kFrames = 9;
  std::vector<float> table(kBuckets * kHeads);
  for (size_t i = 0; i < table.size(); ++i) table[i] = static_cast<float>(i);
  const std::vector<float> strip =
      RelativePositionStrip(table, kHeads, kBuckets, kMaxDistance, kFrames);
  ASSERT_EQ(strip.size(), kHeads * (2 * kFrames - 1));
  for (int64_t h = 0; h < kHeads; ++h) {
    for (int64_t query = 0; query < kFrames; ++query) {
      for (int64_t key = 0; key < kFrames; ++key) {
        const int64_t column = key - query + kFrames - 1;
        const int64_t bucket = RelativePositionBucket(key - query, kBuckets, kMaxDistance);
        EXPECT_EQ(strip[static_cast<size_t>(h * (2 * kFrames - 1) + column)],
                  static_cast<float>(bucket * kHeads + h));
      }
    }
  }
}

}  // namespace
}  // namespace kani::speaker
