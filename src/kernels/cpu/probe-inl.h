// Loops that measure the machine: how fast it reads, how fast it multiplies and adds.
#pragma once

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

static float ReadProbe(const uint8_t* memory, int64_t bytes) {
  I16 mixed[4] = {SetInt(0), SetInt(0), SetInt(0), SetInt(0)};
  // Four streams, as the matrix products read.
  const int64_t quarter = bytes / 4;
  for (int64_t i = 0; i < quarter; i += 64) {
    KANI_UNROLL
    for (int stream = 0; stream < 4; ++stream) {
      const uint8_t* line = memory + stream * quarter + i;
      mixed[stream] = mixed[stream] ^ LoadInt(line);
    }
  }
  return Sum(ToFloat((mixed[0] ^ mixed[1]) ^ (mixed[2] ^ mixed[3])));
}

static double FmaProbe(int64_t steps) {
  constexpr int kChains = 12 / kParts;  // 12 registers: more than latency times units anywhere
  F16 sums[kChains];
  KANI_UNROLL
  for (int i = 0; i < kChains; ++i) sums[i] = Set(static_cast<float>(i));
  const F16 factor = Set(0.5f);
  const F16 term = Set(1.0f);
  for (int64_t step = 0; step < steps; ++step) {
    KANI_UNROLL
    for (int i = 0; i < kChains; ++i) sums[i] = Fma(sums[i], factor, term);
  }
  F16 total = sums[0];
  for (int i = 1; i < kChains; ++i) total = total + sums[i];
  const double operations = 2.0 * 16 * kChains * static_cast<double>(steps);
  return Sum(total) < 0 ? 0 : operations;  // the sum is positive, which the compiler cannot know
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
