// The numeric operations that the models are written on. Each contract is stated here once; a
// device is one implementation of this class (reference/: scalar oracle, cpu/: vector kernels), and
// the forward passes in lm/, codec/ and speaker/ call nothing else.
//
// Letters: T rows (time or tokens), N outputs, K inputs of one tap, C channels, H query heads, G
// key-value heads, E head size. Everything is row-major; `*_stride` is the distance in floats from
// one row to the next and equals the row length unless said otherwise.
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
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace kani::kernels {

/// How a packed weight matrix is stored. Activations, accumulation, norms and caches are fp32.
enum class WeightFormat {
  kFp32,
  kBf16,  ///< stored as bf16, expanded to fp32 on use: exact for bf16 checkpoints
  kInt8,  ///< blocks of 32 inputs: int8 in [-127, 127] and one fp16 scale; activations are
          ///< quantised to int8 in the same blocks (scale = max / 127, round to nearest even) on
          ///< use
};

std::string_view WeightFormatName(WeightFormat format);

/// A matrix or convolution kernel [N, taps, K] in the layout of the implementation that packed it.
/// Immutable; safe to read from many threads.
class Weights {
 public:
  virtual ~Weights() = default;
  int64_t outputs() const { return outputs_; }
  int64_t taps() const { return taps_; }
  int64_t inputs() const { return inputs_; }
  WeightFormat format() const { return format_; }
  /// Bytes that one use of the whole matrix reads.
  virtual size_t bytes() const = 0;

 protected:
  Weights(int64_t outputs, int64_t taps, int64_t inputs, WeightFormat format)
      : outputs_(outputs), taps_(taps), inputs_(inputs), format_(format) {}

 private:
  int64_t outputs_, taps_, inputs_;
  WeightFormat format_;
};

/// Fills `row` (taps * K values, tap-major) of output `n`. Called from several threads at once.
using RowSource = std::function<void(int64_t n, std::span<float> row)>;

/// Rows of keys and values of one sequence in one layer. Rows [0, rows) are valid.
/// keys: [G, capacity / 16, E, 16]: a block of 16 rows with the row as the fastest axis, so that
/// scores of 16 rows are computed side by side. values: [G, capacity, E].
struct KvCache {
  float* keys = nullptr;
  float* values = nullptr;
  int64_t capacity = 0;  ///< a multiple of 16
};

/// Pointers are device memory: they come from Allocate (or Buffer below) and host code reaches them
/// only through Upload and Download. Serves one caller at a time; weights may be shared.
class Ops {
 public:
  virtual ~Ops() = default;
  /// "reference", "avx2", "avx512", "neon".
  virtual std::string_view name() const = 0;
  virtual int threads() const = 0;

  /// Zeroed memory of `count` floats, aligned to 64 bytes; pages are committed on first use. Throws
  /// kResourceExhausted.
  virtual float* Allocate(size_t count) = 0;
  virtual void Free(float* memory) = 0;
  virtual void Upload(std::span<const float> host, float* device) = 0;
  virtual void Download(const float* device, std::span<float> host) = 0;
  /// Device to device; ranges may overlap.
  virtual void Copy(const float* from, float* to, size_t count) = 0;

  /// Packs [outputs, taps, inputs] for Convolve and MatMul. kInt8 REQUIRES taps == 1.
  virtual std::unique_ptr<const Weights> Pack(int64_t outputs, int64_t taps, int64_t inputs,
                                              WeightFormat format, const RowSource& source) = 0;

  /// One-dimensional cross-correlation without padding (the caller lays history or padding in front
  /// of x), a dense layer when taps == 1:
  ///   y[t, n] = (accumulate ? y[t, n] : 0) + (sum over (tap, k) of w[n, tap, k] *
  ///             x[t * stride + tap * dilation, k]) + (bias ? bias[n] : 0)
  /// The sum is formed first, then the bias is added, then y. x and y must not overlap.
  struct ConvolveArgs {
    const Weights* weights = nullptr;
    const float* bias = nullptr;  // [N] or null
    const float* x = nullptr;     // [(T - 1) * stride + (taps - 1) * dilation + 1, K]
    int64_t x_stride = 0;         // floats between input rows, >= K
    float* y = nullptr;           // [T, N]
    int64_t y_stride = 0;         // floats between output rows, >= N
    int64_t rows = 0;             // T
    int64_t stride = 1;
    int64_t dilation = 1;
    bool accumulate = false;
  };
  virtual void Convolve(const ConvolveArgs& args) = 0;
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

  /// y = weight * (x / sqrt(mean(x^2) + eps)), row by row. x [T, C] with `x_stride`, y [T, C] with
  /// `y_stride`; y may be x.
  virtual void RmsNorm(const float* x, int64_t x_stride, const float* weight, float eps, float* y,
                       int64_t y_stride, int64_t rows, int64_t channels) = 0;
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
  /// y = min(max(y, low), high); NaN becomes low.
  virtual void Clamp(float* y, float low, float high, int64_t count) = 0;

  /// Rotates pairs (i, i + E/2) of each head by positions[t] * inv_freq[i], angle in fp32. x: rows
  /// of `heads` heads of E floats at `x_stride`, in place. positions [T] and inv_freq [E/2] are
  /// host memory.
  virtual void Rope(float* x, int64_t x_stride, std::span<const float> positions, int64_t heads,
                    int64_t head_size, std::span<const float> inv_freq) = 0;
  /// Gated short convolution of LFM2, L taps. bcx [T, 3C] = B | C | X; u = B * X;
  /// y[t] = C[t] * sum over j < L of taps[j] * u[t - (L-1) + j], plus bias inside the sum if given.
  /// state [L-1, C] holds the u before the first row (oldest first) and is moved on. taps [L, C].
  virtual void ShortConvolution(const float* bcx, const float* taps, const float* bias,
                                float* state, float* y, int64_t rows, int64_t channels,
                                int64_t tap_count) = 0;
  /// Writes rows [first_row, first_row + T) of a cache. k and v: rows of G heads of E floats.
  virtual void StoreKv(const KvCache& cache, int64_t first_row, const float* k, int64_t k_stride,
                       const float* v, int64_t v_stride, int64_t rows, int64_t kv_heads,
                       int64_t head_size) = 0;
  /// Causal attention: query t sees cache rows [0, first_row + t]. Head h reads key-value head
  /// h / (H / G). y[t, h] = softmax(scale * q . K) V. The cache already holds the query's own rows.
  virtual void Attention(const KvCache& cache, int64_t first_row, const float* q, int64_t q_stride,
                         float* y, int64_t y_stride, int64_t rows, int64_t heads, int64_t kv_heads,
                         int64_t head_size, float scale) = 0;
  /// Attention of WavLM, every row sees every row: q, k, v, y [T, H * E] (y dense, the others at
  /// `qkv_stride`); score[h, t, s] = scale * q.k + gate[t, h] * bias[h, s - t + T - 1]. gate [T,
  /// H], bias [H, 2T - 1].
  virtual void BiasedAttention(const float* q, const float* k, const float* v, int64_t qkv_stride,
                               const float* gate, const float* bias, float* y, int64_t rows,
                               int64_t heads, int64_t head_size, float scale) = 0;

  /// NanoCodec's half-snake: the first C/2 (rounded down) channels become x + sin(a x)^2 / (a +
  /// 1e-9), the others LeakyRelu(0.01). alpha [C/2]. x [T, C]; y may be x.
  virtual void HalfSnake(const float* x, const float* alpha, float* y, int64_t rows,
                         int64_t channels) = 0;
  /// Causal transposed convolution with one group per output channel: kernel 2r, stride r, output
  /// channel j reads input channels 2j and 2j+1.
  ///   y[t * r + p, j] = bias[j] + sum over c in {2j, 2j+1} of (x[t, c] * w[p, c] + x[t-1, c] *
  ///   w[r+p, c])
  /// x [1 + T, C]: row 0 is the row before the first; y [T * r, C/2]; w [2r, C].
  virtual void GroupedUpsample(const float* x, const float* w, const float* bias, float* y,
                               int64_t rows, int64_t channels, int64_t rate) = 0;
};

/// The scalar oracle.
std::unique_ptr<Ops> MakeReferenceOps();
/// The best vector kernels this CPU has; throws kUnsupported where it has none of them.
/// @param threads 0 = one per available core.
/// @param isa empty = the best; or "avx2", "avx512", "neon" to force one (tests).
std::unique_ptr<Ops> MakeCpuOps(int threads, std::string_view isa = {});
/// Names that MakeCpuOps accepts on this machine, best first.
std::span<const std::string_view> AvailableIsas();
/// `device`: "auto" (cpu, or reference where the CPU has no vector kernels), "cpu", "reference", or
/// an instruction set of AvailableIsas(). Throws kInvalidArgument.
std::unique_ptr<Ops> MakeOps(std::string_view device, int threads);

/// Owns a piece of device memory.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Ops& ops, size_t count) : ops_(&ops), data_(ops.Allocate(count)), count_(count) {}
  /// Uploads `host`.
  Buffer(Ops& ops, std::span<const float> host) : Buffer(ops, host.size()) {
    ops.Upload(host, data_);
  }
  ~Buffer() { Reset(); }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(ops_, other.ops_);
    std::swap(data_, other.data_);
    std::swap(count_, other.count_);
    return *this;
  }

  float* data() { return data_; }
  const float* data() const { return data_; }
  size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// Makes room for `count` floats; what was in the buffer is lost when it has to grow.
  float* Reserve(Ops& ops, size_t count) {
    if (count > count_) *this = Buffer(ops, count);
    return data_;
  }
  void Reset() {
    if (data_ != nullptr) ops_->Free(data_);
    data_ = nullptr;
    count_ = 0;
  }

 private:
  Ops* ops_ = nullptr;
  float* data_ = nullptr;
  size_t count_ = 0;
};

}  // namespace kani::kernels
