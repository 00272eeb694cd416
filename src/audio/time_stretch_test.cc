#include "audio/time_stretch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "base/error.h"

namespace kani::audio {
namespace {

constexpr int kRateHz = 22050;
constexpr double kSpeeds[] = {0.25, 0.5, 0.8, 0.99, 1.01, 1.3, 2, 3.7, 4};

std::vector<float> Sine(double hz, double seconds) {
  std::vector<float> samples(static_cast<size_t>(seconds * kRateHz));
  for (size_t i = 0; i < samples.size(); ++i) {
    samples[i] = static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kRateHz));
  }
  return samples;
}

/// Syllables of changing pitch with pauses between them.
std::vector<float> Chatter(double seconds) {
  std::vector<float> samples(static_cast<size_t>(seconds * kRateHz));
  double phase = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double t = static_cast<double>(i) / kRateHz;
    phase += (140 + 60 * std::sin(5 * t)) / kRateHz;
    const double envelope = std::max(0.0, std::sin(2 * std::numbers::pi * 4 * t));
    samples[i] = static_cast<float>(envelope * (std::fmod(phase, 1.0) - 0.5));
  }
  return samples;
}

std::vector<float> Stretch(double speed, std::span<const float> samples) {
  TimeStretch stretch(speed, kRateHz);
  std::vector<float> output;
  stretch.Process(samples, output);
  stretch.Finish(output);
  return output;
}

double RisingCrossingsPerSecond(std::span<const float> samples) {
  int64_t first = -1, last = 0, count = 0;
  for (size_t i = 1; i < samples.size(); ++i) {
    if (samples[i - 1] >= 0 || samples[i] < 0) continue;
    last = static_cast<int64_t>(i);
    if (first < 0) {
      first = last;
    } else {
      ++count;
    }
  }
  return static_cast<double>(count) * kRateHz / static_cast<double>(last - first);
}

TEST(TimeStretchTest, SpeedOneCopiesEverySample) {
  const std::vector<float> samples = Chatter(1);
  EXPECT_EQ(Stretch(1, samples), samples);
}

TEST(TimeStretchTest, TheLengthIsDividedBySpeed) {
  for (const double speed : kSpeeds) {
    for (const size_t count : {0, 1, 100, 3000, 66150}) {
      const std::vector<float> samples = Chatter(3);
      EXPECT_EQ(Stretch(speed, std::span(samples).first(count)).size(),
                static_cast<size_t>(std::llround(static_cast<double>(count) / speed)))
          << speed << " " << count;
    }
  }
}

TEST(TimeStretchTest, AnyChunkingGivesTheSameSamples) {
  const std::vector<float> samples = Chatter(2.3);
  std::mt19937 random(5);
  for (const double speed : kSpeeds) {
    const std::vector<float> whole = Stretch(speed, samples);
    TimeStretch stretch(speed, kRateHz);
    for (const size_t largest : {1, 100, 257, 4000, 40000}) {
      std::vector<float> output;
      for (size_t at = 0; at < samples.size();) {
        const size_t count = std::min(random() % (largest + 1), samples.size() - at);
        stretch.Process(std::span(samples).subspan(at, count), output);
        at += count;
      }
      stretch.Finish(output);  // and the object goes on with the next signal
      EXPECT_EQ(output, whole) << speed << " " << largest;
    }
  }
}

TEST(TimeStretchTest, ThePitchIsKept) {
  for (const double hz : {110.0, 220.0, 700.0}) {
    const std::vector<float> sine = Sine(hz, 3);
    for (const double speed : kSpeeds) {
      const std::vector<float> output = Stretch(speed, sine);
      const auto middle = std::span(output).subspan(output.size() / 10, output.size() * 8 / 10);
      EXPECT_NEAR(RisingCrossingsPerSecond(middle) / hz, 1, 0.01) << hz << " " << speed;
    }
  }
}

/// Of the loudness in a tenth of a second around `at`.
double Level(std::span<const float> samples, double at_seconds) {
  const auto middle = static_cast<int64_t>(at_seconds * kRateHz);
  double sum = 0;
  for (int64_t i = std::max<int64_t>(middle - kRateHz / 20, 0);
       i < std::min(middle + kRateHz / 20, std::ssize(samples)); ++i) {
    sum += std::abs(double{samples[static_cast<size_t>(i)]});
  }
  return sum / (kRateHz / 10);
}

TEST(TimeStretchTest, BeginningAndTailStayWhereTheyBelong) {
  // A tone at the very beginning, silence, and one at the very end.
  std::vector<float> samples = Sine(300, 2);
  std::fill(samples.begin() + kRateHz / 2, samples.end() - kRateHz / 2, 0.0f);
  for (const double speed : kSpeeds) {
    const std::vector<float> output = Stretch(speed, samples);
    EXPECT_GT(Level(output, 0.25 / speed), 0.2) << speed;
    EXPECT_LT(Level(output, 1 / speed), 0.02) << speed;
    EXPECT_GT(Level(output, 1.75 / speed), 0.2) << speed;
    // Pieces are joined up to 15 ms from where they belong.
    const auto loud = [](float sample) { return std::abs(sample) > 0.2f; };
    const auto quiet_end = std::find_if(output.rbegin(), output.rend(), loud) - output.rbegin();
    EXPECT_LT(static_cast<double>(quiet_end) / kRateHz, 0.015 / speed + 0.005) << speed;
  }
}

TEST(TimeStretchTest, RefusesSpeedsOutOfRange) {
  for (const double speed : {0.2499, 4.001, 0.0, -1.0, std::nan(""), HUGE_VAL}) {
    try {
      TimeStretch(speed, kRateHz);
      ADD_FAILURE() << speed;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    }
  }
}

}  // namespace
}  // namespace kani::audio
