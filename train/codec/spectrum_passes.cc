#include "train/codec/spectrum_passes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/codec/vector_clones.h"

namespace kani::train {

namespace {

constexpr float kGuard = 1e-5f;   // upstream's, inside the root of a magnitude
constexpr int64_t kBlock = 1024;  // values whose sum is made in fp32
constexpr int64_t kLanes = 64;    // sums that are made side by side

/// For normal numbers above 0; the relative error of 1 + x near 1 counts, not that of the result.
KANI_INLINE float Log(float x) {
  const auto bits = __builtin_bit_cast(int32_t, x);
  const int32_t shifted = bits - 0x3f3504f3;  // of sqrt(1 / 2)
  const auto exponent = static_cast<float>(shifted >> 23);
  const float m =
      __builtin_bit_cast(float, (shifted & 0x007fffff) + 0x3f3504f3) - 1.0f;  // [-0.29, 0.41]
  const float q = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  const float tail = m * q * p + exponent * -2.12194440e-4f - 0.5f * q;
  return m + tail + exponent * 0.693359375f;
}

KANI_CLONES void MagnitudeOf(const float* spectrum, float* magnitude, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) {
    const float re = spectrum[2 * i], im = spectrum[2 * i + 1];
    magnitude[i] = __builtin_sqrtf(re * re + im * im + kGuard);
  }
}
KANI_CLONES void LogF(const float* x, float guard, float* y, int64_t count) {
  KANI_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) y[i] = Log(x[i] + guard);
}
KANI_CLONES float DistanceF(const float* x, const float* target, float guard, float scale,
                            float* dx, int64_t count) {
  float sums[kLanes] = {};
  for (int64_t i = 0; i < count; i += kLanes) {
    const int64_t lanes = std::min(kLanes, count - i);
    KANI_INDEPENDENT
    for (int64_t j = 0; j < lanes; ++j) {
      const float guarded = x[i + j] + guard, difference = Log(guarded) - target[i + j];
      sums[j] += __builtin_fabsf(difference);
      const float sign = difference > 0 ? scale : difference < 0 ? -scale : 0.0f;
      dx[i + j] = sign / guarded;
    }
  }
  return std::accumulate(sums, sums + kLanes, 0.0f);
}
KANI_CLONES void SpectrumF(const float* magnitude, const float* dmagnitude, float* spectrum,
                           int64_t count) {
  KANI_INDEPENDENT
  for (int64_t i = 0; i < count; ++i) {
    const float d = dmagnitude[i] / magnitude[i];
    spectrum[2 * i] *= d;
    spectrum[2 * i + 1] *= d;
  }
}

}  // namespace

void Magnitude(const float* spectrum, float* magnitude, int64_t count) {
  MagnitudeOf(spectrum, magnitude, count);
}

void LogOf(const float* x, float guard, float* y, int64_t count) { LogF(x, guard, y, count); }

double LogDistance(const float* x, const float* target, float guard, float scale, float* dx,
                   int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i += kBlock) {
    sum += DistanceF(x + i, target + i, guard, scale, dx + i, std::min(kBlock, count - i));
  }
  return sum;
}

void MagnitudeBackward(const float* magnitude, const float* dmagnitude, float* spectrum,
                       int64_t count) {
  SpectrumF(magnitude, dmagnitude, spectrum, count);
}

}  // namespace kani::train
