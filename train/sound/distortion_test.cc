#include "train/sound/distortion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/testing.h"

namespace kani::train {
namespace {

std::vector<float> Tone(double step) {
  std::vector<float> samples;
  for (int i = 0; i < 20000; ++i) samples.push_back(static_cast<float>(0.1 * std::sin(step * i)));
  return samples;
}

double PowerDb(const std::vector<float>& samples) {
  double sum = 0;
  for (const float value : samples) sum += static_cast<double>(value) * value;
  return 10 * std::log10(sum / static_cast<double>(samples.size()));
}

TEST(DistortionTest, NoneLeavesSamplesAsTheyAre) {
  std::vector<float> samples = Tone(0.1);
  Distort({}, 1, 2, samples);
  EXPECT_EQ(samples, Tone(0.1));
}

TEST(DistortionTest, IsAFunctionOfItsDraw) {
  const DistortionOptions all{.noise = 1, .level = 1, .tilt = 1};
  std::vector<float> a = Tone(0.1), b = a, c = a;
  Distort(all, 1, 2, a);
  Distort(all, 1, 2, b);
  Distort(all, 1, 3, c);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, c);
}

TEST(DistortionTest, NoiseLiesBetweenItsBounds) {
  const DistortionOptions noise{.noise = 1, .lowest_snr_db = 10};
  double least = 100, most = 0;
  for (uint64_t stream = 0; stream < 40; ++stream) {
    const std::vector<float> clean = Tone(0.1);
    std::vector<float> samples = clean, rest;
    Distort(noise, 1, stream, samples);
    for (size_t i = 0; i < clean.size(); ++i) rest.push_back(samples[i] - clean[i]);
    const double ratio = PowerDb(clean) - PowerDb(rest);
    least = std::min(least, ratio);
    most = std::max(most, ratio);
  }
  EXPECT_GT(least, 9);
  EXPECT_LT(least, 16);
  EXPECT_LT(most, 41);
  EXPECT_GT(most, 34);
}

TEST(DistortionTest, LevelAndTiltChangeWhatTheySay) {
  double loudest = -100, softest = 100, tilted = 0;
  for (uint64_t stream = 0; stream < 40; ++stream) {
    std::vector<float> samples = Tone(0.1), low = Tone(0.02), high = Tone(2.5);
    Distort({.level = 1, .level_db = 6}, 1, stream, samples);
    loudest = std::max(loudest, PowerDb(samples) - PowerDb(Tone(0.1)));
    softest = std::min(softest, PowerDb(samples) - PowerDb(Tone(0.1)));
    Distort({.tilt = 1}, 1, stream, low);
    Distort({.tilt = 1}, 1, stream, high);
    tilted = std::max(tilted, std::abs(PowerDb(high) - PowerDb(low)));
  }
  EXPECT_GT(loudest, 4);
  EXPECT_LE(loudest, 6.01);
  EXPECT_LT(softest, -4);
  EXPECT_GE(softest, -6.01);
  EXPECT_GT(tilted, 6);
}

TEST(DistortionTest, RefusesSharesThatAreNone) {
  EXPECT_NE(Failure([] { Check(DistortionOptions{.noise = 1.5}); }).find("expected [0, 1]"),
            std::string::npos);
  EXPECT_NE(Failure([] { Check(DistortionOptions{.level_db = -1}); }).find("change of level"),
            std::string::npos);
}

}  // namespace
}  // namespace kani::train
