#include "train/observe/number_text.h"

#include <gtest/gtest.h>

namespace kani::train {
namespace {

TEST(NumberTextTest, UnitsAreThoseOfTheLargestNumber) {
  EXPECT_EQ(NumberText(-0.0, 90000, 3), "0");
  EXPECT_EQ(NumberText(12500, 90000, 3), "12.5k");
  EXPECT_EQ(NumberText(2500, 9999, 4), "2500");
  EXPECT_EQ(NumberText(-2500, -25000, 4), "-2.5k");
  EXPECT_EQ(NumberText(3e6, 3e7, 3), "3M");
  EXPECT_EQ(NumberText(3e15, 3e15, 3), "3e+06G");
  EXPECT_EQ(NumberText(0.30000000000000004, 1, 5), "0.3");
}

TEST(NumberTextTest, FixedHasAllItsDecimals) {
  EXPECT_EQ(Fixed(0.5, 2), "0.50");
  EXPECT_EQ(Fixed(1e6, 0), "1000000");
}

TEST(DurationTextTest, SaysTwoUnitsAtMost) {
  EXPECT_EQ(DurationText(0), "0 s");
  EXPECT_EQ(DurationText(59.4), "59 s");
  EXPECT_EQ(DurationText(90), "2 min");
  EXPECT_EQ(DurationText(3599), "1 h 00 min");
  EXPECT_EQ(DurationText(11100), "3 h 05 min");
  EXPECT_EQ(DurationText(4 * 86400 + 2 * 3600), "4 d 2 h");
}

}  // namespace
}  // namespace kani::train
