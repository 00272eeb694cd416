// The operations on vector kernels: splits work over threads and calls the table of one
// instruction set. Outputs, rows, channels or heads are split, never a sum.

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/thread_pool.h"
#include "kernels/cpu/attention.h"
#include "kernels/cpu/cpu_device.h"
#include "kernels/cpu/denormals.h"
#include "kernels/cpu/product.h"
#include "kernels/cpu/segments.h"

namespace kani::kernels {
namespace {

// Below this many elements waking the other threads costs more than it saves.
constexpr int64_t kParallelElements = 16384;

class CpuOps : public Ops {
 public:
  CpuOps(std::shared_ptr<Device> device, const KernelTable& table, int threads)
      : Ops(std::move(device)),
        table_(table),
        pool_(threads),
        product_(table, pool_),
        attention_(table, pool_) {}

  int threads() const override { return pool_.threads(); }

  void Upload(std::span<const float> host, float* device) override {
    Copy(host.data(), device, host.size());
  }
  void Download(const float* device, std::span<float> host) override {
    Copy(device, host.data(), host.size());
  }
  void Copy(const float* from, float* to, size_t count) override {
    if (count > 0) std::memmove(to, from, count * sizeof(float));
  }

  void GatherRows(const float* x, std::span<const int64_t> rows, float* y,
                  int64_t channels) override {
    for (const int64_t row : rows) y = std::copy_n(x + row * channels, channels, y);
  }

  void RmsNorm(const float* x, const float* weight, float eps, float* y, int64_t rows,
               int64_t channels) override {
    ForRows(rows, channels, [&](int64_t t) {
      table_.rms_norm(x + t * channels, weight, eps, y + t * channels, channels);
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

 protected:
  void DoConvolve(const ConvolveArgs& args) override { product_.Convolve(args); }

  void DoHeadNorm(const HeadNormArgs& args) override {
    ForRows(args.rows, args.heads * args.head_size, [&](int64_t t) {
      for (int64_t h = 0; h < args.heads; ++h) {
        float* head = args.x + t * args.x_stride + h * args.head_size;
        table_.rms_norm(head, args.weight + h * args.head_size, args.eps, head, args.head_size);
      }
    });
  }

  void DoRope(const RopeArgs& args) override {
    const int64_t half = args.head_size / 2;
    // [T, 2, E / 2]: sines and cosines serve all heads of a row.
    angles_.resize(static_cast<size_t>(args.rows * 2 * half));
    ForRows(args.rows, args.heads * args.head_size, [&](int64_t t) {
      float* sine = angles_.data() + t * 2 * half;
      float* cosine = sine + half;
      table_.sin_cos(args.positions[t], args.inv_freq, sine, cosine, half);
      for (int64_t h = 0; h < args.heads; ++h) {
        table_.rotate(args.x + t * args.x_stride + h * args.head_size, sine, cosine, half);
      }
    });
  }

  void DoShortConvolution(const ShortConvolutionArgs& args) override {
    const int64_t rows = RowsTogether(args.segments);
    ForPieces(args.channels, kGroup, rows * args.channels, [&](int64_t begin, int64_t end) {
      const float* bcx = args.bcx;
      float* y = args.y;
      for (const ConvolutionSegment& segment : args.segments) {
        table_.short_convolution(bcx, args.taps, args.bias, segment.state, y, segment.rows,
                                 args.channels, args.tap_count, begin, end);
        bcx += segment.rows * 3 * args.channels;
        y += segment.rows * args.channels;
      }
    });
  }

  void DoHalfSnake(const HalfSnakeArgs& args) override {
    const int64_t channels = args.channels, past = args.context * channels;
    float* y = args.y;
    for (const ConvolutionSegment& segment : args.segments) {
      if (segment.rows == 0) continue;
      Copy(segment.state, y, static_cast<size_t>(past));
      y += past + segment.rows * channels;
    }
    const int64_t rows = RowsTogether(args.segments);
    ForPieces(rows, 1, rows * channels, [&](int64_t begin, int64_t end) {
      ForEachSegment(args.segments, begin, end, [&](int64_t ordinal, int64_t first, int64_t count) {
        for (int64_t t = first; t < first + count; ++t) {
          table_.half_snake(args.x + t * channels, args.alpha,
                            args.y + (ordinal + 1) * past + t * channels, channels);
        }
      });
    });
    y = args.y;
    for (const ConvolutionSegment& segment : args.segments) {
      if (segment.rows == 0) continue;
      y += segment.rows * channels;
      Copy(y, segment.state, static_cast<size_t>(past));
      y += past;
    }
  }

  void DoGroupedUpsample(const GroupedUpsampleArgs& args) override {
    const int64_t channels = args.channels, y_row = args.rate * (channels / 2);
    const int64_t rows = RowsTogether(args.segments);
    ForPieces(rows, 1, rows * y_row, [&](int64_t begin, int64_t end) {
      ForEachSegment(args.segments, begin, end, [&](int64_t ordinal, int64_t first, int64_t count) {
        for (int64_t t = first; t < first + count; ++t) {
          const float* previous = args.x + (ordinal + t) * channels;
          table_.grouped_upsample(previous, previous + channels, args.weights, args.bias,
                                  args.y + t * y_row, channels, args.rate);
        }
      });
    });
  }

  void DoStoreKv(const StoreKvArgs& args) override {
    if (args.segments.empty()) return;
    const KvBlockLayout layout(args.segments[0].cache->shape());
    int64_t rows = 0;
    for (const KvSegment& segment : args.segments) rows += segment.rows;
    ForPieces(layout.kv_heads, 1, rows * layout.values_stride(), [&](int64_t begin, int64_t end) {
      for (int64_t g = begin; g < end; ++g) {
        const float* key = args.k + g * layout.head_size;
        const float* value = args.v + g * layout.head_size;
        for (const KvSegment& segment : args.segments) {
          for (int64_t t = 0; t < segment.rows; ++t, key += args.k_stride, value += args.v_stride) {
            const int64_t row = segment.first_row + t, lane = row % kGroup;
            float* block = segment.cache->blocks()[static_cast<size_t>(row / kGroup)];
            float* keys = block + layout.keys(args.layer, g) + lane;
            for (int64_t e = 0; e < layout.head_size; ++e) keys[e * kGroup] = key[e];
            std::memcpy(block + layout.values(args.layer, g) + lane * layout.values_stride(), value,
                        static_cast<size_t>(layout.head_size) * sizeof(float));
          }
        }
      }
    });
  }
  void DoAttention(const AttentionArgs& args) override { attention_.Causal(args); }
  void DoBiasedAttention(const BiasedAttentionArgs& args) override { attention_.Biased(args); }

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

std::unique_ptr<Ops> MakeCpuOps(std::shared_ptr<Device> device, const KernelTable& table,
                                int threads) {
  return std::make_unique<CpuOps>(std::move(device), table, threads);
}

}  // namespace kani::kernels
