// Passes over whole feature maps, forward and backward, that LibTorch would make in many steps: the
// codec's activations, and its upsampling. Plain loops, compiled for several instruction sets; no
// LibTorch.
#pragma once

#include <cstdint>
#include <vector>

namespace kani::train {

/// The upper half of a float.
struct Bf16 {
  uint16_t bits;
};

/// What half-snake multiplies by, repeated so that loops are long: `tile` is a multiple of C.
struct HalfSnakeTables {
  /// @param alpha [C / 2] of the first channels; the others are leaky ReLUs.
  HalfSnakeTables(const float* alpha, int64_t channels);

  int64_t tile = 0;
  std::vector<float> alpha, inverse, slope;  // [tile]; inverse: 1 / (alpha + 1e-9)
};

/// y = HalfSnake(x). @param count a multiple of C
template <typename T>
void HalfSnakeForward(const HalfSnakeTables& tables, const T* x, T* y, int64_t count);
/// dx of dy; adds to alpha's gradient. @param dalpha [tile]
template <typename T>
void HalfSnakeBackward(const HalfSnakeTables& tables, const T* x, const T* dy, T* dx, float* dalpha,
                       int64_t count);

/// Slope 0.01.
template <typename T>
void LeakyReluForward(const T* x, T* y, int64_t count);
/// @param dx may be dy
template <typename T>
void LeakyReluBackward(const T* x, const T* dy, T* dx, int64_t count);

/// y += x.
template <typename T>
void AddTo(const T* x, T* y, int64_t count);

/// A causal transposed convolution of rate r from C to H = C / 2 channels, kernel 2 r, one group
/// per output channel; weights as four tables [r, H]: of even and odd input channels, of the newest
/// row and the one before.
struct UpsampleTables {
  /// @param weight [C, 2 r]
  UpsampleTables(const float* weight, const float* bias, int64_t channels, int64_t rate);
  /// The gradient of `weight` from tables of gradients.
  void Gradient(const float* tables, float* dweight) const;
  int64_t size() const { return (4 * rate + 1) * half; }

  int64_t half = 0, rate = 0;
  std::vector<float> values;  // [4, r, H], then the bias [H]
};

/// @param x [rows, C]. @param before the row before it; null: zeros. @param y [rows * r, H]
template <typename T>
void UpsampleForward(const UpsampleTables& tables, const T* x, const T* before, T* y, int64_t rows);
/// dx of dy; adds to the gradients of the tables.
/// @param dy [rows * r, H] and the r rows behind them, unless `is_last`
/// @param dtables [tables.size()]
template <typename T>
void UpsampleBackward(const UpsampleTables& tables, const T* x, const T* before, const T* dy,
                      bool is_last, T* dx, float* dtables, int64_t rows);

}  // namespace kani::train
