#include "lm/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "base/error.h"
#include "base/random.h"

namespace kani::lm {
namespace {

// The official probabilities for each setting are checked by `kani verify` (tests/parity).

const SamplingSettings kPlain{
    .temperature = 1.0, .top_k = 0, .top_p = 1.0, .repetition_penalty = 1.0};

TEST(SamplerTest, GreedyTakesTheLowestIdAtTies) {
  SamplingSettings settings = kPlain;
  settings.temperature = 0;
  const std::vector<float> logits{1.0f, 3.0f, 3.0f, 2.0f};
  EXPECT_EQ(Sample(logits, 100, TokenHistory(0), settings, 0.99), 101);
}

TEST(SamplerTest, NeverDrawsARemovedToken) {
  SamplingSettings settings = kPlain;
  settings.top_k = 2;
  const std::vector<float> logits{0.0f, 5.0f, 4.0f, -INFINITY};
  std::set<int32_t> drawn;
  const CounterRandom random(3);
  for (uint64_t i = 0; i < 500; ++i) {
    drawn.insert(Sample(logits, 0, TokenHistory(0), settings, random.Uniform(i)));
  }
  EXPECT_EQ(drawn, (std::set<int32_t>{1, 2}));
  EXPECT_EQ(Sample(logits, 0, TokenHistory(0), settings, 0.0), 1);
  EXPECT_EQ(Sample(logits, 0, TokenHistory(0), settings, std::nextafter(1.0, 0.0)), 2);
}

TEST(SamplerTest, DrawsFollowTheProbabilities) {
  const std::vector<float> logits{std::log(0.2f), std::log(0.5f), std::log(0.3f)};
  int counts[3] = {};
  const CounterRandom random(7);
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[Sample(logits, 0, TokenHistory(0), kPlain, random.Uniform(static_cast<uint64_t>(i)))];
  }
  EXPECT_NEAR(counts[0], 0.2 * kDraws, 300);
  EXPECT_NEAR(counts[1], 0.5 * kDraws, 300);
}

TEST(TokenHistoryTest, TheWindowForgets) {
  TokenHistory all(0), window(2);
  for (int32_t token : {1, 2, 1, 3}) {
    all.Add(token);
    window.Add(token);
  }
  EXPECT_TRUE(all.Contains(2));
  EXPECT_FALSE(window.Contains(2));
  EXPECT_TRUE(window.Contains(1));
  EXPECT_TRUE(window.Contains(3));
  window.Add(4);
  EXPECT_FALSE(window.Contains(1));
}

TEST(SamplingSettingsTest, OutOfRangeIsNamed) {
  const auto message = [](auto change) -> std::string {
    SamplingSettings settings;
    change(settings);
    try {
      Validate(settings);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(message([](SamplingSettings&) {}), "accepted");
  EXPECT_EQ(message([](SamplingSettings& s) { s.top_p = 1.5; }),
            "top-p: expected above 0, at most 1 (off), found 1.5");
  EXPECT_NE(message([](SamplingSettings& s) { s.temperature = -1; }), "accepted");
  EXPECT_NE(message([](SamplingSettings& s) { s.temperature = NAN; }), "accepted");
  EXPECT_NE(message([](SamplingSettings& s) { s.min_p = 1; }), "accepted");
  EXPECT_NE(message([](SamplingSettings& s) { s.repetition_penalty = 0; }), "accepted");
  EXPECT_NE(message([](SamplingSettings& s) { s.top_k = -1; }), "accepted");
}

}  // namespace
}  // namespace kani::lm
