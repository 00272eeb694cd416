// The operations on vector kernels: splits work over threads and calls the table of one
// instruction set. Outputs, rows, channels or heads are split, never a sum.

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/thread_pool.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/denormals.h"
#include "kernels/cpu/isas.h"
#include "kernels/cpu/packed_weights.h"
#include "kernels/cpu/product.h"

namespace kani::kernels {
namespace {

// Below this many elements waking the other threads costs more than it saves.
constexpr int64_t kParallelElements = 16384;

class CpuOps : public Ops {
 public:
  CpuOps(const KernelTable& table, int threads)
      : table_(table), pool_(threads), product_(table, pool_), attention_(table, pool_) {}

  std::string_view name() const override { return table_.name; }
  int threads() const override { return pool_.threads(); }

  float* Allocate(size_t count) override {
    if (count > SIZE_MAX / sizeof(float)) {
      Fail(ErrorCode::kResourceExhausted, "cannot allocate ", count, " floats");
    }
    return reinterpret_cast<float*>(AllocateZeroed(count * sizeof(float)).release());
  }
  void Free(float* memory) override { FreeMemory()(reinterpret_cast<uint8_t*>(memory)); }
  void Upload(std::span<const float> host, float* device) override {
    Copy(host.data(), device, host.size());
  }
  void Download(const float* device, std::span<float> host) override {
    Copy(device, host.data(), host.size());
  }
  void Copy(const float* from, float* to, size_t count) override {
    if (count > 0) std::memmove(to, from, count * sizeof(float));
  }

  std::unique_ptr<const Weights> Pack(int64_t outputs, int64_t taps, int64_t inputs,
                                      WeightFormat format, const RowSource& source) override {
    KANI_DCHECK(format != WeightFormat::kInt8 || taps == 1);
    return std::make_unique<PackedWeights>(outputs, taps, inputs, format, source, pool_);
  }
  void Convolve(const ConvolveArgs& args) override { product_.Convolve(args); }

  void RmsNorm(const float* x, int64_t x_stride, const float* weight, float eps, float* y,
               int64_t y_stride, int64_t rows, int64_t channels) override {
    ForRows(rows, channels, [&](int64_t t) {
      table_.rms_norm(x + t * x_stride, weight, eps, y + t * y_stride, channels);
    });
  }
  void LayerNorm(const float* x, const float* weight, const float* bias, float eps, float* y,
                 int64_t rows, int64_t channels) override {
    ForRows(rows, channels, [&](int64_t t) {
      table_.layer_norm(x + t * channels, weight, bias, eps, y + t * channels, channels);
    });
  }
  void SiluMultiply(const float* x, float* y, int64_t rows, int64_t channels) override {
    ForRows(rows, channels, [&](int64_t t) {
      const float* row = x + t * 2 * channels;
      table_.silu_multiply(row, row + channels, y + t * channels, channels);
    });
  }

  void Gelu(float* x, int64_t count) override {
    ForElements(count, [&](int64_t i, int64_t n) { table_.gelu(x + i, n); });
  }
  void LeakyRelu(const float* x, float slope, float* y, int64_t count) override {
    ForElements(count, [&](int64_t i, int64_t n) { table_.leaky_relu(x + i, slope, y + i, n); });
  }
  void Add(const float* x, float* y, int64_t count) override {
    ForElements(count, [&](int64_t i, int64_t n) { table_.add(x + i, y + i, n); });
  }
  void Divide(float* y, float divisor, int64_t count) override {
    ForElements(count, [&](int64_t i, int64_t n) { table_.divide(y + i, divisor, n); });
  }
  void Clamp(float* y, float low, float high, int64_t count) override {
    ForElements(count, [&](int64_t i, int64_t n) { table_.clamp(y + i, low, high, n); });
  }

  void Rope(float* x, int64_t x_stride, std::span<const float> positions, int64_t heads,
            int64_t head_size, std::span<const float> inv_freq) override {
    const int64_t half = head_size / 2;
    const int64_t rows = static_cast<int64_t>(positions.size());
    // [T, 2, E / 2]: sines and cosines serve all heads of a row.
    angles_.resize(static_cast<size_t>(rows * 2 * half));
    ForRows(rows, heads * head_size, [&](int64_t t) {
      float* sine = angles_.data() + t * 2 * half;
      float* cosine = sine + half;
      table_.sin_cos(positions[static_cast<size_t>(t)], inv_freq.data(), sine, cosine, half);
      for (int64_t h = 0; h < heads; ++h) {
        table_.rotate(x + t * x_stride + h * head_size, sine, cosine, half);
      }
    });
  }

  void ShortConvolution(const float* bcx, const float* taps, const float* bias, float* state,
                        float* y, int64_t rows, int64_t channels, int64_t tap_count) override {
    ForPieces(channels, kGroup, rows * channels, [&](int64_t begin, int64_t end) {
      table_.short_convolution(bcx, taps, bias, state, y, rows, channels, tap_count, begin, end);
    });
  }

  void StoreKv(const KvCache& cache, int64_t first_row, const float* k, int64_t k_stride,
               const float* v, int64_t v_stride, int64_t rows, int64_t kv_heads,
               int64_t head_size) override {
    ForPieces(kv_heads, 1, rows * kv_heads * head_size, [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) {
        for (int64_t t = 0; t < rows; ++t) {
          const int64_t row = first_row + t;
          const float* key = k + t * k_stride + g * head_size;
          float* keys =
              cache.keys + (g * cache.capacity + row / kGroup * kGroup) * head_size + row % kGroup;
          for (int64_t e = 0; e < head_size; ++e) keys[e * kGroup] = key[e];
          std::memcpy(cache.values + (g * cache.capacity + row) * head_size,
                      v + t * v_stride + g * head_size,
                      static_cast<size_t>(head_size) * sizeof(float));
        }
      }
    });
  }
  void Attention(const KvCache& cache, int64_t first_row, const float* q, int64_t q_stride,
                 float* y, int64_t y_stride, int64_t rows, int64_t heads, int64_t kv_heads,
                 int64_t head_size, float scale) override {
    attention_.Causal(
        {cache, first_row, q, q_stride, y, y_stride, rows, heads, kv_heads, head_size, scale});
  }
  void BiasedAttention(const float* q, const float* k, const float* v, int64_t qkv_stride,
                       const float* gate, const float* bias, float* y, int64_t rows, int64_t heads,
                       int64_t head_size, float scale) override {
    attention_.Biased({q, k, v, qkv_stride, gate, bias, y, rows, heads, head_size, scale});
  }

  void HalfSnake(const float* x, const float* alpha, float* y, int64_t rows,
                 int64_t channels) override {
    ForRows(rows, channels, [&](int64_t t) {
      table_.half_snake(x + t * channels, alpha, y + t * channels, channels);
    });
  }
  void GroupedUpsample(const float* x, const float* w, const float* bias, float* y, int64_t rows,
                       int64_t channels, int64_t rate) override {
    ForRows(rows, channels / 2 * rate, [&](int64_t t) {
      table_.grouped_upsample(x + t * channels, x + (t + 1) * channels, w, bias,
                              y + t * rate * (channels / 2), channels, rate);
    });
  }

 private:
  /// task(begin, end) for pieces of [0, count), in parallel where `elements` are many.
  template <typename Task>
  void ForPieces(int64_t count, int64_t grain, int64_t elements, const Task& task) {
    const auto flushed = [&](int64_t begin, int64_t end) {
      const FlushDenormals flush;
      task(begin, end);
    };
    if (elements < kParallelElements) {
      if (count > 0) flushed(0, count);
    } else {
      pool_.ParallelFor(count, grain, flushed);
    }
  }
  template <typename Task>
  void ForRows(int64_t rows, int64_t channels, const Task& task) {
    ForPieces(rows, 1, rows * channels, [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) task(t);
    });
  }
  template <typename Task>
  void ForElements(int64_t count, const Task& task) {
    ForPieces(count, kGroup, count, [&](int64_t begin, int64_t end) { task(begin, end - begin); });
  }

  const KernelTable& table_;
  ThreadPool pool_;
  Product product_;
  AttentionRunner attention_;
  std::vector<float> angles_;
};

}  // namespace

std::unique_ptr<Ops> MakeCpuOps(int threads, std::string_view isa) {
  return std::make_unique<CpuOps>(FindTable(isa), threads);
}

}  // namespace kani::kernels
