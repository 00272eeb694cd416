#include "apps/cli/pull_progress.h"

#include <gtest/gtest.h>

namespace kani::cli {
namespace {

TEST(PullProgressTest, TheLineHasShareAmountSpeedAndTimeLeft) {
  EXPECT_EQ(PullProgressText(500'000'000, 2'000'000'000, 10e6, 80),
            "[######-------------------] 25 %  500 MB of 2.00 GB  10.0 MB/s  2 min 30 s left");
  EXPECT_EQ(PullProgressText(0, 100, 0, 30), "[---------] 0 %  0 B of 100 B");
}

TEST(PullProgressTest, ALineNeverWraps) {
  for (int columns = 1; columns < 200; ++columns) {
    const std::string text = PullProgressText(123'456'789, 987'654'321, 1.5e6, columns);
    EXPECT_LE(text.size(), static_cast<size_t>(std::max(columns - 1, 1))) << text;
  }
}

TEST(PullProgressTest, NothingToDoAndMoreThanAllAreWhole) {
  EXPECT_NE(PullProgressText(0, 0, 0, 80).find("100 %"), std::string::npos);
  EXPECT_NE(PullProgressText(300, 200, 5, 80).find("100 %  200 B of 200 B"), std::string::npos);
}

TEST(PullProgressTest, SpeedIsThatOfTheLastSeconds) {
  Speed speed;
  EXPECT_EQ(speed.bytes_per_second(), 0);
  for (int second = 0; second <= 60; ++second) {
    speed.Add(second, second < 30 ? 0 : static_cast<uint64_t>(second - 30) * 1000);
  }
  EXPECT_NEAR(speed.bytes_per_second(), 1000, 1);
  speed.Add(61, 0);  // a damaged file starts over
  EXPECT_EQ(speed.bytes_per_second(), 0);
}

}  // namespace
}  // namespace kani::cli
