#include "lm/sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/elementary.h"
#include "base/error.h"
#include "base/random.h"

namespace kani::lm {
namespace {

// The official probabilities for each setting are checked by `kani-dev verify` (tests/parity).

const SamplingSettings kPlain{
    .temperature = 1.0, .top_k = 0, .top_p = 1.0, .repetition_penalty = 1.0};

TEST(SamplerTest, GreedyTakesTheLowestIdAtTies) {
  SamplingSettings settings = kPlain;
  settings.temperature = 0;
  const std::vector<float> logits{1.0f, 3.0f, 3.0f, 2.0f};
  EXPECT_EQ(Sampler(settings).Sample(logits, 100, 0.99), 101);
}

TEST(SamplerTest, NeverDrawsARemovedToken) {
  SamplingSettings settings = kPlain;
  settings.top_k = 2;
  const std::vector<float> logits{0.0f, 5.0f, 4.0f, -INFINITY};
  std::set<int32_t> drawn;
  const CounterRandom random(3);
  Sampler sampler(settings);
  for (uint64_t i = 0; i < 500; ++i) {
    drawn.insert(sampler.Sample(logits, 0, random.Uniform(i)));
  }
  EXPECT_EQ(drawn, (std::set<int32_t>{1, 2}));
  EXPECT_EQ(sampler.Sample(logits, 0, 0.0), 1);
  EXPECT_EQ(sampler.Sample(logits, 0, std::nextafter(1.0, 0.0)), 2);
}

TEST(SamplerTest, DrawsFollowTheProbabilities) {
  const std::vector<float> logits{std::log(0.2f), std::log(0.5f), std::log(0.3f)};
  int counts[3] = {};
  const CounterRandom random(7);
  Sampler sampler(kPlain);
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    ++counts[sampler.Sample(logits, 0, random.Uniform(static_cast<uint64_t>(i)))];
  }
  EXPECT_NEAR(counts[0], 0.2 * kDraws, 300);
  EXPECT_NEAR(counts[1], 0.5 * kDraws, 300);
}

/// The steps one by one over all tokens, as upstream writes them down.
std::vector<double> StepByStep(std::span<const float> logits, const std::set<int32_t>& history,
                               const SamplingSettings& settings) {
  std::vector<double> scores(logits.begin(), logits.end());
  for (int32_t token : history) {
    double& score = scores[static_cast<size_t>(token)];
    score = score > 0 ? score / settings.repetition_penalty : score * settings.repetition_penalty;
  }
  for (double& score : scores) score /= settings.temperature;
  const auto weights = [&] {
    const double best = *std::ranges::max_element(scores);
    std::vector<double> out;
    for (double score : scores) out.push_back(Exp(score - best));
    return out;
  };
  if (settings.top_k > 0 && settings.top_k < std::ssize(scores)) {
    std::vector<double> sorted = scores;
    std::ranges::sort(sorted, std::greater<>());
    for (double& score : scores) {
      if (score < sorted[static_cast<size_t>(settings.top_k - 1)]) score = -INFINITY;
    }
  }
  if (settings.top_p < 1) {
    const std::vector<double> likely = weights();
    const double total = std::accumulate(likely.begin(), likely.end(), 0.0);
    std::vector<size_t> ascending;
    for (size_t i = 0; i < likely.size(); ++i) {
      if (likely[i] > 0) ascending.push_back(i);
    }
    std::ranges::stable_sort(ascending, {}, [&](size_t i) { return likely[i]; });
    double cumulative = 0;
    for (size_t rank = 0; rank + 1 < ascending.size(); ++rank) {
      cumulative += static_cast<float>(likely[ascending[rank]] / total);
      if (static_cast<float>(cumulative) > static_cast<float>(1 - settings.top_p)) break;
      scores[ascending[rank]] = -INFINITY;
    }
  }
  for (double& score : scores) {
    if (Exp(score - *std::ranges::max_element(scores)) < settings.min_p) score = -INFINITY;
  }
  std::vector<double> probabilities = weights();
  const double total = std::accumulate(probabilities.begin(), probabilities.end(), 0.0);
  for (double& probability : probabilities) probability /= total;
  return probabilities;
}

TEST(SamplerTest, ProbabilitiesAreThoseOfTheStepsOneByOneToTheLastBit) {
  const CounterRandom random(11);
  uint64_t draws = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<float> logits(round % 2 == 0 ? 4033 : 40);
    for (float& logit : logits) {
      const double uniform = random.Uniform(draws++);
      logit = static_cast<float>(round % 3 == 0 ? std::floor(uniform * 6) : uniform * 30 - 10);
      if (round % 5 == 0 && uniform < 0.1) logit = -INFINITY;
    }
    SamplingSettings settings = kPlain;
    if (round % 7 > 2) settings.top_k = round;
    if (round % 4 > 1) settings.top_p = 1 - random.Uniform(draws++);
    if (round % 6 > 3) settings.min_p = random.Uniform(draws++) / 2;
    settings.temperature = 0.2 + random.Uniform(draws++);
    settings.repetition_penalty = 1.1;
    Sampler sampler(settings);
    std::set<int32_t> history;
    for (int i = 0; i < 20; ++i) {
      const auto token = static_cast<int32_t>(random.Uniform(draws++) * 39);
      history.insert(token);
      sampler.Remember(token);
    }
    EXPECT_EQ(sampler.Probabilities(logits, 0), StepByStep(logits, history, settings)) << round;
  }
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
  window.Add(-1);  // the speaker's row
  EXPECT_FALSE(window.Contains(3));
  EXPECT_TRUE(window.Contains(4));
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
