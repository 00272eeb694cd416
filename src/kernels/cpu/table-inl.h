// The table of one unit. Needs KANI_ISA, KANI_ISA_TABLE, KANI_ISA_NAME, the dot product and
// KANI_REGISTERS, the number of vector registers.
#pragma once

#include "kernels/cpu/elementwise-inl.h"
#include "kernels/cpu/int8-inl.h"
#include "kernels/cpu/probe-inl.h"
#include "kernels/cpu/product-inl.h"
#include "kernels/cpu/rows-inl.h"

namespace kani::kernels {
namespace KANI_ISA {
namespace {

/// A tile needs registers for its sums, the weights of one line (with one row they come straight
/// from memory) and one input.
constexpr bool Fits(int rows, int groups) {
  const int weights = rows == 1 ? 0 : groups;
  return (rows * groups + weights) * kParts + 1 <= KANI_REGISTERS;
}
/// An int8 tile has integer and fp32 sums. With 16 registers the latter, which change once a block,
/// live in memory.
constexpr bool Int8Fits(int rows, int groups) {
  const int sums = kParts > 1 ? rows * groups : 2 * rows * groups + groups;
  const int weights = kParts > 1 ? 2 : 0;
  return (sums + weights) * kParts + 2 <= KANI_REGISTERS;
}

template <int kRows, int kGroups>
constexpr TileFunction Fp32() {
  if constexpr (Fits(kRows, kGroups)) return Fp32Tile<kRows, kGroups>;
  return nullptr;
}
template <int kRows, int kGroups>
constexpr TileFunction Bf16() {
  if constexpr (Fits(kRows, kGroups)) return Bf16Tile<kRows, kGroups>;
  return nullptr;
}
template <int kRows, int kGroups>
constexpr Int8TileFunction Int8() {
  if constexpr (Int8Fits(kRows, kGroups)) return Int8Tile<kRows, kGroups>;
  return nullptr;
}

}  // namespace
}  // namespace KANI_ISA

#define KANI_TILE_ROW(F, rows) \
  { F<rows, 1>(), F<rows, 2>(), F<rows, 3>(), F<rows, 4>() }
#define KANI_TILES(F)                                                                      \
  {                                                                                        \
    KANI_TILE_ROW(F, 1), KANI_TILE_ROW(F, 2), KANI_TILE_ROW(F, 3), KANI_TILE_ROW(F, 4),    \
        KANI_TILE_ROW(F, 5), KANI_TILE_ROW(F, 6), KANI_TILE_ROW(F, 7), KANI_TILE_ROW(F, 8) \
  }

extern const KernelTable KANI_ISA_TABLE;
constinit const KernelTable KANI_ISA_TABLE = {
    .name = KANI_ISA_NAME,
    .lanes = KANI_ISA::kLanes,
    .fp32_tile = KANI_TILES(KANI_ISA::Fp32),
    .bf16_tile = KANI_TILES(KANI_ISA::Bf16),
    .int8_tile = KANI_TILES(KANI_ISA::Int8),
    .quantise = KANI_ISA::Quantise,
    .finish = KANI_ISA::Finish,
    .rms_norm = KANI_ISA::RmsNorm,
    .layer_norm = KANI_ISA::LayerNorm,
    .scale = KANI_ISA::Scale,
    .scale_and_bias = KANI_ISA::ScaleAndBias,
    .softmax = KANI_ISA::Softmax,
    .silu_multiply = KANI_ISA::SiluMultiply,
    .gelu = KANI_ISA::Gelu,
    .leaky_relu = KANI_ISA::LeakyRelu,
    .add = KANI_ISA::Add,
    .divide = KANI_ISA::Divide,
    .half_snake = KANI_ISA::HalfSnake,
    .grouped_upsample = KANI_ISA::GroupedUpsample,
    .short_convolution = KANI_ISA::ShortConvolution,
    .sin_cos = KANI_ISA::SinCosRow,
    .rotate = KANI_ISA::Rotate,
    .exp = KANI_ISA::ExpRow,
    .erf = KANI_ISA::ErfRow,
    .sine_squared = KANI_ISA::SineSquaredRow,
    .read_probe = KANI_ISA::ReadProbe,
    .fma_probe = KANI_ISA::FmaProbe,
};

}  // namespace kani::kernels
