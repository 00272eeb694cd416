// Cost of choosing one token of 4,033, beside which a step of the language model has to be fast.

#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "base/elementary.h"
#include "base/random.h"
#include "lm/sampler.h"

namespace kani::lm {
namespace {

constexpr size_t kTokens = 4033;

/// Logits as peaked as a trained model's: normally distributed, a spread of 3.
std::vector<float> Logits() {
  const CounterRandom random(1);
  std::vector<float> logits(kTokens);
  for (size_t i = 0; i < kTokens; ++i) {
    const double radius = std::sqrt(-2 * Log(1 - random.Uniform(2 * i)));
    logits[i] = static_cast<float>(3 * radius * Cos(6.283185307179586 * random.Uniform(2 * i + 1)));
  }
  return logits;
}

/// After half a minute of speech.
void SampleToken(benchmark::State& state) {
  SamplingSettings settings;
  settings.top_k = state.range(0);
  settings.top_p = static_cast<double>(state.range(1)) / 100;
  const std::vector<float> logits = Logits();
  const CounterRandom random(2);
  Sampler sampler(settings);
  uint64_t draws = 0;
  for (; draws < 1500; ++draws) {
    sampler.Remember(static_cast<int32_t>(random.Uniform(draws) * kTokens));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(sampler.Sample(logits, 0, random.Uniform(draws++)));
  }
}
BENCHMARK(SampleToken)->ArgNames({"top_k", "top_p"})->Args({50, 95})->Args({0, 95})->Args({0, 100});

}  // namespace
}  // namespace kani::lm
