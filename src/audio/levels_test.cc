#include "audio/levels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kani::audio {
namespace {

TEST(LevelsTest, SineHasItsPeakAndRms) {
  std::vector<float> sine(16000);
  for (size_t i = 0; i < sine.size(); ++i) {
    sine[i] = 0.5f * static_cast<float>(std::sin(2 * M_PI * 100 * static_cast<double>(i) / 16000));
  }
  const Levels levels = Measure(sine);
  EXPECT_NEAR(levels.peak, 0.5, 1e-6);
  EXPECT_NEAR(levels.rms, 0.5 / std::sqrt(2), 1e-6);
  EXPECT_EQ(levels.clipped_fraction, 0);
  EXPECT_TRUE(levels.finite);
}

TEST(LevelsTest, OnlyFlatTopsCountAsClipping) {
  const std::vector<float> peaks{0, 1, 0, -1, -1, 0, 1, 1, 0, 0};
  EXPECT_EQ(Measure(peaks).clipped_fraction, 0);
  const std::vector<float> flat{0, 1, 1, 1, 0, -1, -1, -1, -1.5f, 0};
  EXPECT_DOUBLE_EQ(Measure(flat).clipped_fraction, 0.7);
  // What 16-bit recordings hold at most.
  const std::vector<float> pcm(4, 32767.0f / 32768.0f);
  EXPECT_DOUBLE_EQ(Measure(pcm).clipped_fraction, 1);
}

TEST(LevelsTest, NonFiniteSamplesAreReportedAndLeftOut) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    const Levels levels = Measure(std::vector<float>{0.5f, bad, 0.5f, 0.5f});
    EXPECT_FALSE(levels.finite);
    EXPECT_EQ(levels.peak, 0.5);
    EXPECT_TRUE(std::isfinite(levels.rms));
  }
}

TEST(LevelsTest, NothingIsSilent) {
  const Levels levels = Measure({});
  EXPECT_EQ(levels.rms, 0);
  EXPECT_TRUE(levels.finite);
}

}  // namespace
}  // namespace kani::audio
