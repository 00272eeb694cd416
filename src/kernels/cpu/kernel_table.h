// What one instruction set offers: plain functions on pointers and counts, compiled once per unit
// isa_*.cc. This header is all that those units share with the rest of the program, so it includes
// nothing that could leave an inline function behind.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kani::kernels {

/// Outputs side by side in one line of packed weights.
inline constexpr int64_t kGroup = 16;
/// Inputs that share a scale in int8 products.
inline constexpr int64_t kBlock = 32;
/// Rows and groups of the largest register tile of any instruction set.
inline constexpr int kMaxTileRows = 8;
inline constexpr int kMaxTileGroups = 4;

/// Sums of one register tile, rows x groups x 16 outputs. Weights are lines of 64 bytes: 16 outputs
/// side by side, one input deep (fp32) or two (bf16, the even input in the low half).
struct TileArgs {
  const uint8_t* weights;  // first line of the first group
  int64_t line_bytes;      // from one line to the next of a group
  int64_t group_bytes;     // from one group to the next
  int64_t tap_bytes;       // from one tap to the next
  const float* x;          // input 0 of tap 0 of the first row
  int64_t x_row;           // floats from one row to the next
  int64_t x_tap;           // floats from one tap to the next
  int64_t inputs;
  int64_t taps;
  float* sums;  // [rows, groups * 16]
  int64_t sums_row;
  bool resume;  // go on from the values in `sums` instead of 0
};

/// The same for int8: lines hold 16 outputs x 4 inputs, 8 lines a block.
struct Int8TileArgs {
  const int8_t* weights;         // first line of the first group
  const uint16_t* scales;        // fp16, of the first group [blocks, 16]
  int64_t blocks;                // of the whole row
  int64_t group_blocks;          // from one group to the next, in weights and scales
  const int8_t* x;               // [rows, blocks * 32]
  const float* x_scales;         // [rows, blocks]
  const int32_t* x_corrections;  // [rows, blocks]: -128 * the sum of the block
  float* sums;                   // [rows, groups * 16], from 0
  int64_t sums_row;
};

using TileFunction = void (*)(const TileArgs& args);
using Int8TileFunction = void (*)(const Int8TileArgs& args);

struct KernelTable {
  const char* name;
  int lanes;  // fp32 lanes of a register

  // Register tiles by [rows - 1][groups - 1]; null where they would not fit the registers.
  TileFunction fp32_tile[kMaxTileRows][kMaxTileGroups];
  TileFunction bf16_tile[kMaxTileRows][kMaxTileGroups];
  Int8TileFunction int8_tile[kMaxTileRows][kMaxTileGroups];

  /// q [padded to 32], scales and corrections [blocks] of one row x [inputs].
  void (*quantise)(const float* x, int64_t inputs, int8_t* q, float* scales, int32_t* corrections);
  /// y[r, 0:outputs] = (accumulate ? y : 0) + (sums + bias); bias may be null.
  void (*finish)(const float* sums, int64_t sums_row, const float* bias, float* y, int64_t y_row,
                 int64_t rows, int64_t outputs, bool accumulate);

  void (*rms_norm)(const float* x, const float* weight, float eps, float* y, int64_t channels);
  void (*layer_norm)(const float* x, const float* weight, const float* bias, float eps, float* y,
                     int64_t channels);
  /// scores[i] = scores[i] * scale.
  void (*scale)(float* scores, float scale, int64_t count);
  /// scores[i] = fma(gate, bias[i], scores[i] * scale).
  void (*scale_and_bias)(float* scores, float scale, float gate, const float* bias, int64_t count);
  /// scores[i] = exp(scores[i] - max); returns the sum of these.
  float (*softmax)(float* scores, int64_t count);

  void (*silu_multiply)(const float* x, const float* gated, float* y, int64_t count);
  void (*gelu)(float* x, int64_t count);
  void (*leaky_relu)(const float* x, float slope, float* y, int64_t count);
  void (*add)(const float* x, float* y, int64_t count);
  void (*divide)(float* y, float divisor, int64_t count);
  /// One row of HalfSnake.
  void (*half_snake)(const float* x, const float* alpha, float* y, int64_t channels);
  /// One input row (x, with the row before it in `previous`) gives `rate` rows of y.
  void (*grouped_upsample)(const float* previous, const float* x, const float* w, const float* bias,
                           float* y, int64_t channels, int64_t rate);
  /// Channels [begin, end) of ShortConvolution, all rows.
  void (*short_convolution)(const float* bcx, const float* taps, const float* bias, float* state,
                            float* y, int64_t rows, int64_t channels, int64_t tap_count,
                            int64_t begin, int64_t end);
  /// sine and cosine of position * inv_freq[i], the angle rounded to fp32.
  void (*sin_cos)(float position, const float* inv_freq, float* sine, float* cosine, int64_t count);
  /// Rotates one head: pairs (x[i], x[i + half]).
  void (*rotate)(float* x, const float* sine, const float* cosine, int64_t half);

  /// Element-wise exp, erf and squared sine: what the operations above are made of, for tests.
  void (*exp)(const float* x, float* y, int64_t count);
  void (*erf)(const float* x, float* y, int64_t count);
  void (*sine_squared)(const float* x, float* y, int64_t count);

  /// Reads `bytes` (a multiple of 256) and returns something that depends on all of them.
  float (*read_probe)(const uint8_t* memory, int64_t bytes);
  /// `steps` times a dozen independent vector FMAs; returns the number of floating-point
  /// operations.
  double (*fma_probe)(int64_t steps);
};

}  // namespace kani::kernels
