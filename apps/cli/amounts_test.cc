#include "apps/cli/amounts.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kani::cli {
namespace {

TEST(AmountsTest, SizesHaveThreeDigits) {
  EXPECT_EQ(SizeText(0), "0 B");
  EXPECT_EQ(SizeText(999), "999 B");
  EXPECT_EQ(SizeText(1000), "1.00 kB");
  EXPECT_EQ(SizeText(12'345), "12.3 kB");
  EXPECT_EQ(SizeText(999'499), "999 kB");
  EXPECT_EQ(SizeText(999'500), "1.00 MB");
  EXPECT_EQ(SizeText(99'960'000), "100 MB");
  EXPECT_EQ(SizeText(1'171'000'000), "1.17 GB");
  EXPECT_EQ(SizeText(~uint64_t{0}), "18447 PB");
}

TEST(AmountsTest, DurationsHaveAtMostTwoUnits) {
  EXPECT_EQ(DurationText(-1), "0 s");
  EXPECT_EQ(DurationText(0.2), "1 s");
  EXPECT_EQ(DurationText(200), "3 min 20 s");
  EXPECT_EQ(DurationText(7500), "2 h 5 min");
  EXPECT_EQ(DurationText(std::nan("")), "0 s");
  EXPECT_EQ(DurationText(3 * 86'400), "3 days");
  EXPECT_EQ(DurationText(HUGE_VAL), "115740 days");
}

}  // namespace
}  // namespace kani::cli
