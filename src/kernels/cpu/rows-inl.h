// Operations that sum over a row: norms and softmax. A sum goes to 16 partial sums by index mod 16.
#pragma once

#include "kernels/cpu/math-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

/// sqrt of one number (libm's sqrtf may set errno and is not called).
KANI_INLINE float SquareRoot(float value) { return hn::GetLane(Sqrt(Set(value)).part[0]); }

static void RmsNorm(const float* x, const float* weight, float eps, float* y, int64_t channels) {
  F16 squares = Zero();
  ForEach16(
      channels, KANI_STEP {
        const F16 value = Load(x + i, lanes);
        squares = Fma(value, value, squares);
      });
  const float mean = Sum(squares) / static_cast<float>(channels);
  const F16 scale = Set(1.0f / SquareRoot(mean + eps));
  ForEach16(
      channels,
      KANI_STEP { Store(Load(weight + i, lanes) * (Load(x + i, lanes) * scale), y + i, lanes); });
}

static void LayerNorm(const float* x, const float* weight, const float* bias, float eps, float* y,
                      int64_t channels) {
  const float count = static_cast<float>(channels);
  F16 total = Zero();
  ForEach16(
      channels, KANI_STEP { total = total + Load(x + i, lanes); });
  const F16 mean = Set(Sum(total) / count);
  F16 squares = Zero();
  ForEach16(
      channels, KANI_STEP {
        const F16 centred = FirstLanes(Load(x + i, lanes) - mean, lanes, Zero());
        squares = Fma(centred, centred, squares);
      });
  const F16 scale = Set(1.0f / SquareRoot(Sum(squares) / count + eps));
  ForEach16(
      channels, KANI_STEP {
        const F16 normal = (Load(x + i, lanes) - mean) * scale;
        Store(Fma(normal, Load(weight + i, lanes), Load(bias + i, lanes)), y + i, lanes);
      });
}

static void Scale(float* scores, float scale, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(Load(scores + i, lanes) * Set(scale), scores + i, lanes); });
}

static void ScaleAndBias(float* scores, float scale, float gate, const float* bias, int64_t count) {
  ForEach16(
      count, KANI_STEP {
        const F16 score = Load(scores + i, lanes) * Set(scale);
        Store(Fma(Set(gate), Load(bias + i, lanes), score), scores + i, lanes);
      });
}

static float Softmax(float* scores, int64_t count) {
  F16 largest = Set(scores[0]);
  ForEach16(
      count,
      KANI_STEP { largest = Max(largest, FirstLanes(Load(scores + i, lanes), lanes, largest)); });
  const F16 top = Set(Largest(largest));
  F16 sum = Zero();
  ForEach16(
      count, KANI_STEP {
        const F16 weight = FirstLanes(Exp(Load(scores + i, lanes) - top), lanes, Zero());
        Store(weight, scores + i, lanes);
        sum = sum + weight;
      });
  return Sum(sum);
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
