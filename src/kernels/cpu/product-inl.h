// Register tiles of fp32 and bf16 products: each lane is one output and one chain of fused
// multiply-adds over (tap, input), whatever the tile's shape.
#pragma once

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

template <int kRows, int kGroups>
KANI_INLINE void LoadSums(const TileArgs& args, F16 (&sums)[kRows][kGroups]) {
  KANI_UNROLL
  for (int r = 0; r < kRows; ++r) {
    KANI_UNROLL
    for (int g = 0; g < kGroups; ++g) {
      sums[r][g] = args.resume ? Load(args.sums + r * args.sums_row + g * 16) : Zero();
    }
  }
}

template <int kRows, int kGroups>
KANI_INLINE void StoreSums(const TileArgs& args, const F16 (&sums)[kRows][kGroups]) {
  KANI_UNROLL
  for (int r = 0; r < kRows; ++r) {
    KANI_UNROLL
    for (int g = 0; g < kGroups; ++g) Store(sums[r][g], args.sums + r * args.sums_row + g * 16);
  }
}

template <int kRows, int kGroups>
KANI_INLINE void Accumulate(const F16 (&weights)[kGroups], const float* x, int64_t x_row,
                            F16 (&sums)[kRows][kGroups]) {
  KANI_UNROLL
  for (int r = 0; r < kRows; ++r) {
    const F16 input = Set(x[r * x_row]);
    KANI_UNROLL
    for (int g = 0; g < kGroups; ++g) sums[r][g] = Fma(weights[g], input, sums[r][g]);
  }
}

template <int kRows, int kGroups>
static void Fp32Tile(const TileArgs& args) {
  F16 sums[kRows][kGroups];
  LoadSums(args, sums);
  for (int64_t tap = 0; tap < args.taps; ++tap) {
    const uint8_t* line = args.weights + tap * args.tap_bytes;
    const float* x = args.x + tap * args.x_tap;
    for (int64_t k = 0; k < args.inputs; ++k) {
      F16 weights[kGroups];
      KANI_UNROLL
      for (int g = 0; g < kGroups; ++g) {
        weights[g] = Load(reinterpret_cast<const float*>(line + g * args.group_bytes));
      }
      Accumulate(weights, x + k, args.x_row, sums);
      line += args.line_bytes;
    }
  }
  StoreSums(args, sums);
}

template <int kRows, int kGroups>
static void Bf16Tile(const TileArgs& args) {
  F16 sums[kRows][kGroups];
  LoadSums(args, sums);
  for (int64_t tap = 0; tap < args.taps; ++tap) {
    const uint8_t* line = args.weights + tap * args.tap_bytes;
    const float* x = args.x + tap * args.x_tap;
    for (int64_t k = 0; k < args.inputs; k += 2) {
      I16 pairs[kGroups];
      F16 weights[kGroups];
      KANI_UNROLL
      for (int g = 0; g < kGroups; ++g) {
        pairs[g] = LoadInt(line + g * args.group_bytes);
        weights[g] = FromBits(ShiftLeft<16>(pairs[g]));
      }
      Accumulate(weights, x + k, args.x_row, sums);
      if (k + 1 == args.inputs) break;
      KANI_UNROLL
      for (int g = 0; g < kGroups; ++g) {
        weights[g] = FromBits(pairs[g] & SetInt(static_cast<int32_t>(0xFFFF0000u)));
      }
      Accumulate(weights, x + k + 1, args.x_row, sums);
      line += args.line_bytes;
    }
  }
  StoreSums(args, sums);
}

static void Finish(const float* sums, int64_t sums_row, const float* bias, float* y, int64_t y_row,
                   int64_t rows, int64_t outputs, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r, sums += sums_row, y += y_row) {
    ForEach16(
        outputs, KANI_STEP {
          F16 value = Load(sums + i);
          if (bias != nullptr) value = value + Load(bias + i, lanes);
          if (accumulate) value = Load(y + i, lanes) + value;
          Store(value, y + i, lanes);
        });
  }
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
