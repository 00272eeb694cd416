// Operations without sums over a row: activations, arithmetic, RoPE, short convolution, upsampling.
// Body and tail are the same code on 16 lanes; the tail's missing lanes are loaded as 0.
#pragma once

#include "kernels/cpu/math-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

static void SiluMultiply(const float* x, const float* gated, float* y, int64_t count) {
  ForEach16(
      count, KANI_STEP {
        const F16 z = Load(x + i, lanes);
        const F16 silu = z / (Set(1.0f) + Exp(Zero() - z));
        Store(silu * Load(gated + i, lanes), y + i, lanes);
      });
}

static void Gelu(float* x, int64_t count) {
  ForEach16(
      count, KANI_STEP {
        const F16 z = Load(x + i, lanes);
        const F16 half = z * Set(0.5f);
        Store(Fma(half, Erf(z * Set(0.7071067812f)), half), x + i, lanes);
      });
}

KANI_INLINE F16 Leaky(const F16& x, float slope) { return IfGreater(x, Zero(), x, Set(slope) * x); }

static void LeakyRelu(const float* x, float slope, float* y, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(Leaky(Load(x + i, lanes), slope), y + i, lanes); });
}

static void Add(const float* x, float* y, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(Load(y + i, lanes) + Load(x + i, lanes), y + i, lanes); });
}

static void Divide(float* y, float divisor, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(Load(y + i, lanes) / Set(divisor), y + i, lanes); });
}

static void HalfSnake(const float* x, const float* alpha, float* y, int64_t channels) {
  const int64_t snakes = channels / 2;
  ForEach16(
      snakes, KANI_STEP {
        const F16 value = Load(x + i, lanes);
        const F16 a = Load(alpha + i, lanes);
        Store(value + SineSquared(a, value) / (a + Set(1e-9f)), y + i, lanes);
      });
  LeakyRelu(x + snakes, 0.01f, y + snakes, channels - snakes);
}

/// x[c] * now[c] + previous[c] * before[c] of 16 channels.
KANI_INLINE F16 UpsampleTerm(const float* previous, const float* x, const float* now,
                             const float* before, int64_t lanes) {
  const F16 earlier = Load(previous, lanes) * Load(before, lanes);
  return Fma(Load(x, lanes), Load(now, lanes), earlier);
}
/// Lane i = lane 2i + lane 2i + 1 of the 32 lanes low, high.
KANI_INLINE F16 SumPairs(const F16& low, const F16& high) {
  FloatPart parts[2 * kParts];
  KANI_UNROLL
  for (int i = 0; i < kParts; ++i) {
    parts[i] = low.part[i];
    parts[kParts + i] = high.part[i];
  }
  return Map(KANI_PART {
    return hn::Add(hn::ConcatEven(kFloat, parts[2 * i + 1], parts[2 * i]),
                   hn::ConcatOdd(kFloat, parts[2 * i + 1], parts[2 * i]));
  });
}

static void GroupedUpsample(const float* previous, const float* x, const float* w,
                            const float* bias, float* y, int64_t channels, int64_t rate) {
  const int64_t outputs = channels / 2;
  for (int64_t p = 0; p < rate; ++p, y += outputs) {
    const float* now = w + p * channels;
    const float* before = w + (rate + p) * channels;
    ForEach16(
        outputs, KANI_STEP {
          const int64_t c = 2 * i;
          const int64_t terms = 2 * lanes;
          const F16 low = UpsampleTerm(previous + c, x + c, now + c, before + c, terms);
          const F16 high = terms > 16 ? UpsampleTerm(previous + c + 16, x + c + 16, now + c + 16,
                                                     before + c + 16, terms - 16)
                                      : Zero();
          Store(SumPairs(low, high) + Load(bias + i, lanes), y + i, lanes);
        });
  }
}

/// u = B * X of row t, or what the state holds for a row before the first.
KANI_INLINE F16 GatedInput(const float* bcx, const float* state, int64_t t, int64_t history,
                           int64_t channels, int64_t c, int64_t lanes) {
  if (t < 0) return Load(state + (t + history) * channels + c, lanes);
  const float* row = bcx + t * 3 * channels + c;
  return Load(row, lanes) * Load(row + 2 * channels, lanes);
}

static void ShortConvolution(const float* bcx, const float* taps, const float* bias, float* state,
                             float* y, int64_t rows, int64_t channels, int64_t tap_count,
                             int64_t begin, int64_t end) {
  const int64_t history = tap_count - 1;
  ForEach16(
      end - begin, KANI_STEP {
        const int64_t c = begin + i;
        for (int64_t t = 0; t < rows; ++t) {
          F16 sum = bias != nullptr ? Load(bias + c, lanes) : Zero();
          for (int64_t j = 0; j < tap_count; ++j) {
            const F16 u = GatedInput(bcx, state, t - history + j, history, channels, c, lanes);
            sum = Fma(Load(taps + j * channels + c, lanes), u, sum);
          }
          const F16 gate = Load(bcx + (3 * t + 1) * channels + c, lanes);
          Store(gate * sum, y + t * channels + c, lanes);
        }
        for (int64_t j = 0; j < history;
             ++j) {  // oldest first: reads only what is not yet replaced
          const F16 u = GatedInput(bcx, state, rows - history + j, history, channels, c, lanes);
          Store(u, state + j * channels + c, lanes);
        }
      });
}

static void SinCosRow(float position, const float* inv_freq, float* sine, float* cosine,
                      int64_t count) {
  ForEach16(
      count, KANI_STEP {
        F16 s, c;
        SinCos(Set(position) * Load(inv_freq + i, lanes), s, c);
        Store(s, sine + i, lanes);
        Store(c, cosine + i, lanes);
      });
}

static void Rotate(float* x, const float* sine, const float* cosine, int64_t half) {
  ForEach16(
      half, KANI_STEP {
        const F16 a = Load(x + i, lanes);
        const F16 b = Load(x + half + i, lanes);
        const F16 s = Load(sine + i, lanes);
        const F16 c = Load(cosine + i, lanes);
        Store(FmaSub(a, c, b * s), x + i, lanes);
        Store(Fma(b, c, a * s), x + half + i, lanes);
      });
}

static void ExpRow(const float* x, float* y, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(Exp(Load(x + i, lanes)), y + i, lanes); });
}
static void ErfRow(const float* x, float* y, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(Erf(Load(x + i, lanes)), y + i, lanes); });
}
static void SineSquaredRow(const float* x, float* y, int64_t count) {
  ForEach16(
      count, KANI_STEP { Store(SineSquared(Set(1.0f), Load(x + i, lanes)), y + i, lanes); });
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
