// int8 products: per block of 32 inputs an exact int32 sum, joined in fp32 in block order. The dot
// product of 4 inputs is each instruction set's own: Dot and kDotBias of dot_*-inl.h.
#pragma once

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

// Blocks whose largest magnitude is below this count as zero: 127 / max would overflow.
constexpr float kSmallestBlock = 1e-30f;

/// 16 lanes to int8, which they must fit.
KANI_INLINE void StoreBytes(const I16& value, int8_t* to) {
  const hn::Rebind<int8_t, IntTag> bytes;
  KANI_UNROLL
  for (int i = 0; i < kParts; ++i) {
    hn::StoreU(hn::DemoteTo(bytes, value.part[i]), bytes, to + i * kLanes);
  }
}
KANI_INLINE int32_t SumInt(const I16& value) {
  alignas(64) int32_t lanes[16];
  StoreInt(value, lanes);
  int32_t sum = 0;
  for (int i = 0; i < 16; ++i) sum += lanes[i];
  return sum;
}

/// A block with a NaN or an infinity becomes zeros with scale NaN.
static void Quantise(const float* x, int64_t inputs, int8_t* q, float* scales,
                     int32_t* corrections) {
  const I16 magnitude_bits = SetInt(0x7FFFFFFF);
  for (int64_t block = 0; block * kBlock < inputs; ++block) {
    const int64_t rest = inputs - block * kBlock;
    const float* from = x + block * kBlock;
    const F16 low = Load(from, rest);
    const F16 high = rest > 16 ? Load(from + 16, rest - 16) : Zero();
    // Magnitudes compare as integers, NaN above all.
    alignas(64) float lanes[16];
    Store(FromBits(Max(Bits(low) & magnitude_bits, Bits(high) & magnitude_bits)), lanes);
    int32_t largest_bits = 0;
    for (int i = 0; i < 16; ++i) {
      int32_t bits;
      __builtin_memcpy(&bits, lanes + i, 4);
      largest_bits = bits > largest_bits ? bits : largest_bits;
    }
    float largest;
    __builtin_memcpy(&largest, &largest_bits, 4);
    int8_t* to = q + block * kBlock;
    if (largest >= kSmallestBlock && largest <= 3.4028234e38f) {
      const F16 inverse = Set(127.0f / largest);
      const I16 first = ToInt(Round(low * inverse));
      const I16 second = ToInt(Round(high * inverse));
      StoreBytes(first, to);
      StoreBytes(second, to + 16);
      scales[block] = largest / 127.0f;
      corrections[block] = -128 * SumInt(first + second);
    } else {
      StoreBytes(SetInt(0), to);
      StoreBytes(SetInt(0), to + 16);
      scales[block] = largest < kSmallestBlock ? 0.0f : __builtin_nanf("");
      corrections[block] = 0;
    }
  }
}

KANI_INLINE F16 LoadHalf(const uint16_t* from) {
  const hn::Rebind<hwy::float16_t, FloatTag> half;
  const hwy::float16_t* lanes = reinterpret_cast<const hwy::float16_t*>(from);
  return Map(KANI_PART { return hn::PromoteTo(kFloat, hn::LoadU(half, lanes + i * kLanes)); });
}

template <int kRows, int kGroups>
static void Int8Tile(const Int8TileArgs& args) {
  F16 sums[kRows][kGroups];
  KANI_UNROLL
  for (int r = 0; r < kRows; ++r) {
    KANI_UNROLL
    for (int g = 0; g < kGroups; ++g) sums[r][g] = Zero();
  }
  const int64_t group_bytes = args.group_blocks * 8 * 64;
  for (int64_t block = 0; block < args.blocks; ++block) {
    I16 dots[kRows][kGroups];
    KANI_UNROLL
    for (int r = 0; r < kRows; ++r) {
      const I16 start = kDotBias ? SetInt(args.x_corrections[r * args.blocks + block]) : SetInt(0);
      KANI_UNROLL
      for (int g = 0; g < kGroups; ++g) dots[r][g] = start;
    }
    const int8_t* x = args.x + block * kBlock;
    const int8_t* line = args.weights + block * 8 * 64;
    for (int part = 0; part < 8; ++part, line += 64, x += 4) {
      DotWeights weights[kGroups];
      KANI_UNROLL
      for (int g = 0; g < kGroups; ++g) weights[g] = PrepareDot(LoadInt(line + g * group_bytes));
      KANI_UNROLL
      for (int r = 0; r < kRows; ++r) {
        int32_t quad;
        __builtin_memcpy(&quad, x + r * args.blocks * kBlock, 4);
        const I16 inputs = SetInt(quad);
        KANI_UNROLL
        for (int g = 0; g < kGroups; ++g) dots[r][g] = Dot(weights[g], inputs, dots[r][g]);
      }
    }
    KANI_UNROLL
    for (int g = 0; g < kGroups; ++g) {
      const F16 scale = LoadHalf(args.scales + (g * args.group_blocks + block) * 16);
      KANI_UNROLL
      for (int r = 0; r < kRows; ++r) {
        const F16 both = scale * Set(args.x_scales[r * args.blocks + block]);
        sums[r][g] = Fma(ToFloat(dots[r][g]), both, sums[r][g]);
      }
    }
  }
  KANI_UNROLL
  for (int r = 0; r < kRows; ++r) {
    KANI_UNROLL
    for (int g = 0; g < kGroups; ++g) Store(sums[r][g], args.sums + r * args.sums_row + g * 16);
  }
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
