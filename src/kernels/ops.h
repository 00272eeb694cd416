// The numeric operations that the models are written on. Each contract is stated here once; a
// device has one implementation of this class (reference/: scalar oracle, cpu/: vector kernels),
// and the forward passes in lm/, codec/ and speaker/ call nothing else.
//
// Letters: T rows (time or tokens), N outputs, K inputs of one tap, C channels, H query heads, G
// key-value heads, E head size. Everything is row-major; `*_stride` is the distance in floats from
// one row to the next and equals the row length unless said otherwise. Rows of several sequences
// lie one after the other: operations with a state take a list of segments, one for each sequence.
//
// Determinism. Within one implementation family (cpu/: AVX2, AVX-512, NEON) every output has one
// order of summation that depends only on the length of the sum: products of fp32 and bf16 weights
// are one chain of fused multiply-adds over (tap, input) starting from 0; int8 products are exact
// int32 sums per block of 32 inputs, joined by fused multiply-adds in block order; sums over a row
// (norms, softmax) go to 16 partial sums by index mod 16, joined by halves: i with i + 8, then i +
// 4, i + 2, i + 1. Denormal numbers count as zero in every thread. Threads and tiles split outputs,
// never a sum, so neither the thread count, nor T, nor the neighbours in a batch, nor the vector
// width change a bit. exp, sin and erf are our own. reference/ sums in double and stands outside
// this contract.
//
// Precision. Activations, accumulation and norms are fp32 everywhere. So are the caches of both
// implementations here; another device may keep keys and values narrower, for all batch sizes
// alike, and says so where it is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/tensor.h"
#include "kernels/device.h"
#include "kernels/kv_cache.h"

namespace kani::kernels {

struct ConvolveArgs {
  const Weights* weights = nullptr;
  const float* bias = nullptr;  // [N] or null
  const float* x = nullptr;     // [(T - 1) * stride + (taps - 1) * dilation + 1, K]
  int64_t x_stride = 0;         // floats between input rows, >= K
  float* y = nullptr;           // [T, N]
  int64_t y_stride = 0;         // floats between output rows, >= N
  int64_t rows = 0;             // T
  /// Rows of each sequence, T together: x holds for each that has any what it would for that one
  /// alone, y its rows without a gap. Empty: one sequence. int8 products have a stride of 1 then.
  std::span<const int64_t> segments;
  int64_t stride = 1;
  int64_t dilation = 1;
  bool accumulate = false;
};

struct HeadNormArgs {
  float* x = nullptr;  // [T, heads, E], in place
  int64_t x_stride = 0;
  const float* weight = nullptr;  // [heads, E]
  float eps = 0;
  int64_t rows = 0;  // T
  int64_t heads = 0;
  int64_t head_size = 0;  // E
};

struct RopeArgs {
  float* x = nullptr;  // [T, heads, E], in place
  int64_t x_stride = 0;
  const float* positions = nullptr;  // [T]
  const float* inv_freq = nullptr;   // [E / 2]
  int64_t rows = 0;                  // T
  int64_t heads = 0;
  int64_t head_size = 0;  // E, even
};

/// Rows of one sequence in an operation with a convolution's state [L - 1, C].
struct ConvolutionSegment {
  float* state = nullptr;
  int64_t rows = 0;
};
struct ShortConvolutionArgs {
  std::span<const ConvolutionSegment> segments;  // T rows together
  const float* bcx = nullptr;                    // [T, 3C] = B | C | X
  const float* taps = nullptr;                   // [L, C]
  const float* bias = nullptr;                   // [C] or null
  float* y = nullptr;                            // [T, C]
  int64_t channels = 0;                          // C
  int64_t tap_count = 0;                         // L
};

struct HalfSnakeArgs {
  std::span<const ConvolutionSegment> segments;  // T rows together; states [context, C]
  const float* x = nullptr;                      // [T, C]
  const float* alpha = nullptr;                  // [C / 2]
  float* y = nullptr;                            // [context + rows, C] of each that has rows
  int64_t channels = 0;                          // C
  int64_t context = 0;
};
struct GroupedUpsampleArgs {
  std::span<const int64_t> segments;  // rows of each sequence, T together
  const float* x = nullptr;           // [1 + rows, C] of each that has rows
  const float* weights = nullptr;     // [2r, C]
  const float* bias = nullptr;        // [C / 2]
  float* y = nullptr;                 // [T * r, C / 2]
  int64_t channels = 0;               // C
  int64_t rate = 1;                   // r
};

/// Rows [first_row, first_row + rows) of one sequence in an operation with its cache.
struct KvSegment {
  KvCache* cache = nullptr;
  int64_t first_row = 0;
  int64_t rows = 0;
};
struct StoreKvArgs {
  std::span<const KvSegment> segments;  // T rows together
  int64_t layer = 0;
  const float* k = nullptr;  // [T, G * E]
  int64_t k_stride = 0;
  const float* v = nullptr;  // [T, G * E]
  int64_t v_stride = 0;
};
struct AttentionArgs {
  std::span<const KvSegment> segments;  // T rows together
  int64_t layer = 0;
  const float* q = nullptr;  // [T, H * E]
  int64_t q_stride = 0;
  float* y = nullptr;  // [T, H * E]
  int64_t y_stride = 0;
  int64_t heads = 0;  // H, a multiple of G
  float scale = 1;
};
struct BiasedAttentionArgs {
  const float* q = nullptr;  // [T, H * E] each
  const float* k = nullptr;
  const float* v = nullptr;
  int64_t qkv_stride = 0;
  const float* gate = nullptr;  // [T, H]
  const float* bias = nullptr;  // [H, 2T - 1]
  float* y = nullptr;           // [T, H * E]
  int64_t rows = 0;             // T
  int64_t heads = 0;            // H
  int64_t head_size = 0;        // E
  float scale = 1;
};

/// What one caller computes with: threads or a queue, and scratch. Made by Device::NewOps; any
/// number of them work at once on the same device and weights, each from one thread at a time.
class Ops {
 public:
  explicit Ops(std::shared_ptr<Device> device) : device_(std::move(device)) {}
  virtual ~Ops() = default;
  Ops(const Ops&) = delete;
  Ops& operator=(const Ops&) = delete;

  Device& device() const { return *device_; }
  std::string_view name() const { return device_->name(); }
  virtual int threads() const = 0;

  /// In the order of this caller's operations.
  virtual void Upload(std::span<const float> host, float* device) = 0;
  virtual void Download(const float* device, std::span<float> host) = 0;
  /// Device to device; ranges may overlap.
  virtual void Copy(const float* from, float* to, size_t count) = 0;
  /// y [count, C]: y[i] = x[rows[i]]. `rows` is host memory.
  virtual void GatherRows(const float* x, std::span<const int64_t> rows, float* y,
                          int64_t channels) = 0;

  /// One-dimensional cross-correlation without padding (the caller lays history or padding in front
  /// of x), a dense layer when taps == 1:
  ///   y[t, n] = (accumulate ? y[t, n] : 0) + (sum over (tap, k) of w[n, tap, k] *
  ///             x[t * stride + tap * dilation, k]) + (bias ? bias[n] : 0)
  /// The sum is formed first, then the bias is added, then y. x and y must not overlap.
  void Convolve(const ConvolveArgs& args) { DoConvolve(Checked(args)); }
  /// y [T, N] = x [T, K] * w^T (+ bias) (+ y): Convolve of a packed matrix with dense rows.
  void MatMul(const Weights& weights, const float* bias, const float* x, float* y, int64_t rows,
              bool accumulate = false) {
    Convolve({.weights = &weights,
              .bias = bias,
              .x = x,
              .x_stride = weights.inputs(),
              .y = y,
              .y_stride = weights.outputs(),
              .rows = rows,
              .accumulate = accumulate});
  }

  /// y [T, C] = weight * (x / sqrt(mean(x^2) + eps)), row by row; y may be x.
  virtual void RmsNorm(const float* x, const float* weight, float eps, float* y, int64_t rows,
                       int64_t channels) = 0;
  /// The same of every head of every row, each with its own weight.
  void HeadNorm(const HeadNormArgs& args) { DoHeadNorm(Checked(args)); }
  /// y = weight * (x - mean) / sqrt(variance + eps) + bias, biased variance in two passes. [T, C]
  virtual void LayerNorm(const float* x, const float* weight, const float* bias, float eps,
                         float* y, int64_t rows, int64_t channels) = 0;
  /// y [T, C] = silu(x[:, 0:C]) * x[:, C:2C], silu(z) = z / (1 + exp(-z)).
  virtual void SiluMultiply(const float* x, float* y, int64_t rows, int64_t channels) = 0;
  /// x = x/2 * (1 + erf(x / sqrt 2)), in place.
  virtual void Gelu(float* x, int64_t count) = 0;
  /// x = x > 0 ? x : slope * x; y may be x.
  virtual void LeakyRelu(const float* x, float slope, float* y, int64_t count) = 0;
  /// y += x.
  virtual void Add(const float* x, float* y, int64_t count) = 0;
  /// y /= divisor (a true division, bit-equal everywhere).
  virtual void Divide(float* y, float divisor, int64_t count) = 0;
  /// Rotates pairs (i, i + E/2) of each head by positions[t] * inv_freq[i], angle in fp32.
  void Rope(const RopeArgs& args) { DoRope(Checked(args)); }
  /// Gated short convolution of LFM2, L taps, for each segment: u = B * X;
  /// y[t] = C[t] * sum over j < L of taps[j] * u[t - (L-1) + j], plus bias inside the sum if given.
  /// The state holds the u before the first row (oldest first) and is moved on.
  void ShortConvolution(const ShortConvolutionArgs& args) { DoShortConvolution(Checked(args)); }
  /// Writes the rows of every segment to its cache, which has room for them.
  void StoreKv(const StoreKvArgs& args) { DoStoreKv(Checked(args)); }
  /// Causal attention: row t of a segment sees rows [0, first_row + t] of its cache, which already
  /// holds the segment's own. Head h reads key-value head h / (H / G). y[t, h] = softmax(scale * q
  /// . K) V.
  void Attention(const AttentionArgs& args) { DoAttention(Checked(args)); }
  /// Attention of WavLM, every row sees every row: y is dense, the others at `qkv_stride`;
  /// score[h, t, s] = scale * q.k + gate[t, h] * bias[h, s - t + T - 1].
  void BiasedAttention(const BiasedAttentionArgs& args) { DoBiasedAttention(Checked(args)); }

  /// NanoCodec's half-snake: the first C/2 (rounded down) channels become x + sin(a x)^2 / (a +
  /// 1e-9), the others LeakyRelu(0.01); laid out as a causal convolution reads it: in front of a
  /// segment's rows comes what its state holds, and then the state holds the last `context` rows of
  /// both. x and y must not overlap.
  void HalfSnake(const HalfSnakeArgs& args) { DoHalfSnake(Checked(args)); }
  /// Causal transposed convolution with one group per output channel: kernel 2r, stride r, output
  /// channel j reads input channels 2j and 2j+1.
  ///   y[t * r + p, j] = bias[j] + sum over c in {2j, 2j+1} of (x[t, c] * w[p, c] + x[t-1, c] *
  ///   w[r+p, c])
  /// In x the row before a segment's first lies in front of it.
  void GroupedUpsample(const GroupedUpsampleArgs& args) { DoGroupedUpsample(Checked(args)); }

 protected:
  virtual void DoConvolve(const ConvolveArgs& args) = 0;
  virtual void DoHeadNorm(const HeadNormArgs& args) = 0;
  virtual void DoRope(const RopeArgs& args) = 0;
  virtual void DoShortConvolution(const ShortConvolutionArgs& args) = 0;
  virtual void DoHalfSnake(const HalfSnakeArgs& args) = 0;
  virtual void DoGroupedUpsample(const GroupedUpsampleArgs& args) = 0;
  virtual void DoStoreKv(const StoreKvArgs& args) = 0;
  virtual void DoAttention(const AttentionArgs& args) = 0;
  virtual void DoBiasedAttention(const BiasedAttentionArgs& args) = 0;

 private:
  /// Sizes and strides fit together; a programmer's mistake, looked for in builds with checks.
  static const ConvolveArgs& Checked(const ConvolveArgs& args);
  static const HeadNormArgs& Checked(const HeadNormArgs& args);
  static const RopeArgs& Checked(const RopeArgs& args);
  static const ShortConvolutionArgs& Checked(const ShortConvolutionArgs& args);
  static const HalfSnakeArgs& Checked(const HalfSnakeArgs& args);
  static const GroupedUpsampleArgs& Checked(const GroupedUpsampleArgs& args);
  static const StoreKvArgs& Checked(const StoreKvArgs& args);
  static const AttentionArgs& Checked(const AttentionArgs& args);
  static const BiasedAttentionArgs& Checked(const BiasedAttentionArgs& args);

  std::shared_ptr<Device> device_;
};

/// The operations of a program's only caller: they keep their device (MakeDevice) alive.
/// @param threads 0 = one per available core.
std::unique_ptr<Ops> MakeOps(std::string_view device, int threads);

}  // namespace kani::kernels
