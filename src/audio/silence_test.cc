#include "audio/silence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace kani::audio {
namespace {

constexpr int kRate = 16000;

/// A tone of `level`, or silence with a little noise.
std::vector<float> Part(double seconds, double level) {
  std::vector<float> out(static_cast<size_t>(seconds * kRate));
  for (size_t i = 0; i < out.size(); ++i) {
    const double tone = std::sin(2 * std::numbers::pi * 220 * static_cast<double>(i) / kRate);
    out[i] = static_cast<float>(level * tone + 1e-5 * static_cast<double>(i % 3));
  }
  return out;
}

std::vector<float> Joined(std::initializer_list<std::vector<float>> parts) {
  std::vector<float> out;
  for (const std::vector<float>& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

double Seconds(const std::vector<float>& samples) {
  return static_cast<double>(samples.size()) / kRate;
}

TEST(SilenceTest, LongSilenceBecomesAPause) {
  const std::vector<float> speech = Part(2, 0.3);
  const auto trimmed = [](const std::vector<float>& samples) {
    return Seconds(WithoutLongSilence(samples, kRate));
  };
  EXPECT_NEAR(trimmed(Joined({Part(10, 0), speech})), 2.25, 0.05);
  EXPECT_NEAR(trimmed(Joined({speech, Part(10, 0)})), 2.25, 0.05);
  EXPECT_NEAR(trimmed(Joined({speech, Part(10, 0), speech})), 4.5, 0.05);
  EXPECT_NEAR(trimmed(Joined({speech, Part(10, 0.001), speech})), 4.5, 0.05);  // noise of a room
  EXPECT_NEAR(trimmed(Joined({Part(31, 0), Part(10, 0.3)})), 10.25, 0.05);
}

TEST(SilenceTest, WhatHasNoLongSilenceStaysAsItIs) {
  for (const std::vector<float>& samples :
       {Part(3, 0.3), Joined({Part(1, 0.3), Part(0.4, 0), Part(1, 0.3)}),
        Joined({Part(2, 0.3), Part(2, 0.03), Part(2, 0.3)}),  // quiet speech
        Part(3, 0), std::vector<float>{}, std::vector<float>{0.5f}}) {
    EXPECT_EQ(WithoutLongSilence(samples, kRate), samples);
  }
}

}  // namespace
}  // namespace kani::audio
