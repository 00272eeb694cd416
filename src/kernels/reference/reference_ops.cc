// The oracle: every operation of ops.h in the most obvious scalar form, sums in double. Slow on
// purpose; kernels are tested against it and all model goldens run on it.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "kernels/reference/reference_device.h"

namespace kani::kernels {
namespace {

constexpr int64_t kBlockRows = KvPool::kBlockRows;

double Int8Product(const ReferenceWeights& weights, int64_t n, const float* x) {
  const float* w = weights.row(n);
  const int64_t size = TraitsOf(weights.format()).block;
  double sum = 0;
  for (int64_t k = 0; k < weights.inputs(); k += size) {
    const int64_t end = std::min(k + size, weights.inputs());
    float largest = 0;
    for (int64_t i = k; i < end; ++i) largest = std::max(largest, std::fabs(x[i]));
    if (largest == 0) continue;
    double block = 0;
    for (int64_t i = k; i < end; ++i) block += w[i] * std::nearbyint(x[i] * (127.0f / largest));
    sum += block * weights.scales(n)[k / size] * (largest / 127.0f);
  }
  return sum;
}

/// @param x what the first tap of the row reads.
double Product(const ConvolveArgs& args, const ReferenceWeights& weights, const float* x,
               int64_t n) {
  if (weights.format() == WeightFormat::kInt8) return Int8Product(weights, n, x);
  const float* w = weights.row(n);
  double sum = 0;
  for (int64_t tap = 0; tap < weights.taps(); ++tap) {
    for (int64_t k = 0; k < weights.inputs(); ++k) {
      sum += static_cast<double>(w[tap * weights.inputs() + k]) *
             x[tap * args.dilation * args.x_stride + k];
    }
  }
  return sum;
}

/// softmax(scores) in place.
void Softmax(std::vector<double>& scores) {
  const double largest = *std::max_element(scores.begin(), scores.end());
  double sum = 0;
  for (double& score : scores) sum += (score = std::exp(score - largest));
  for (double& score : scores) score /= sum;
}

class ReferenceOps : public Ops {
 public:
  explicit ReferenceOps(std::shared_ptr<Device> device) : Ops(std::move(device)) {}
  int threads() const override { return 1; }

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
    for (int64_t t = 0; t < rows; ++t, x += channels, y += channels) {
      double sum = 0;
      for (int64_t c = 0; c < channels; ++c) sum += static_cast<double>(x[c]) * x[c];
      const double scale = 1.0 / std::sqrt(sum / static_cast<double>(channels) + eps);
      for (int64_t c = 0; c < channels; ++c) y[c] = weight[c] * static_cast<float>(x[c] * scale);
    }
  }

  void LayerNorm(const float* x, const float* weight, const float* bias, float eps, float* y,
                 int64_t rows, int64_t channels) override {
    const double count = static_cast<double>(channels);
    for (int64_t t = 0; t < rows; ++t, x += channels, y += channels) {
      double mean = 0, variance = 0;
      for (int64_t c = 0; c < channels; ++c) mean += x[c];
      mean /= count;
      for (int64_t c = 0; c < channels; ++c) variance += (x[c] - mean) * (x[c] - mean);
      const double scale = 1.0 / std::sqrt(variance / count + eps);
      for (int64_t c = 0; c < channels; ++c) {
        y[c] = static_cast<float>((x[c] - mean) * scale) * weight[c] + bias[c];
      }
    }
  }

  void SiluMultiply(const float* x, float* y, int64_t rows, int64_t channels) override {
    for (int64_t t = 0; t < rows; ++t, x += 2 * channels, y += channels) {
      for (int64_t c = 0; c < channels; ++c) {
        y[c] = static_cast<float>(x[c] / (1.0 + std::exp(-static_cast<double>(x[c]))) *
                                  x[channels + c]);
      }
    }
  }

  void Gelu(float* x, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) {
      const double value = x[i];
      x[i] = static_cast<float>(0.5 * value * (1.0 + std::erf(value * M_SQRT1_2)));
    }
  }

  void LeakyRelu(const float* x, float slope, float* y, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) y[i] = x[i] > 0 ? x[i] : slope * x[i];
  }
  void Add(const float* x, float* y, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) y[i] += x[i];
  }
  void Divide(float* y, float divisor, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) y[i] /= divisor;
  }

 protected:
  void DoConvolve(const ConvolveArgs& args) override {
    const auto& weights = static_cast<const ReferenceWeights&>(*args.weights);
    const int64_t span = (weights.taps() - 1) * args.dilation + 1;  // rows that an output reads
    const std::span<const int64_t> all(&args.rows, 1);
    const float* x = args.x;
    float* y = args.y;
    for (const int64_t rows : args.segments.empty() ? all : args.segments) {
      if (rows == 0) continue;
      for (int64_t t = 0; t < rows; ++t, y += args.y_stride) {
        for (int64_t n = 0; n < weights.outputs(); ++n) {
          auto value =
              static_cast<float>(Product(args, weights, x + t * args.stride * args.x_stride, n));
          if (args.bias != nullptr) value += args.bias[n];
          y[n] = args.accumulate ? y[n] + value : value;
        }
      }
      x += ((rows - 1) * args.stride + span) * args.x_stride;
    }
  }

  void DoHeadNorm(const HeadNormArgs& args) override {
    for (int64_t t = 0; t < args.rows; ++t) {
      float* row = args.x + t * args.x_stride;
      for (int64_t h = 0; h < args.heads; ++h) {
        float* head = row + h * args.head_size;
        RmsNorm(head, args.weight + h * args.head_size, args.eps, head, 1, args.head_size);
      }
    }
  }

  void DoRope(const RopeArgs& args) override {
    const int64_t half = args.head_size / 2;
    for (int64_t t = 0; t < args.rows; ++t) {
      float* row = args.x + t * args.x_stride;
      for (int64_t i = 0; i < half; ++i) {
        const float angle = args.positions[t] * args.inv_freq[i];
        const float cosine = static_cast<float>(std::cos(static_cast<double>(angle)));
        const float sine = static_cast<float>(std::sin(static_cast<double>(angle)));
        for (int64_t h = 0; h < args.heads; ++h) {
          float& a = row[h * args.head_size + i];
          float& b = row[h * args.head_size + half + i];
          const float rotated = a * cosine - b * sine;
          b = b * cosine + a * sine;
          a = rotated;
        }
      }
    }
  }

  void DoShortConvolution(const ShortConvolutionArgs& args) override {
    const int64_t channels = args.channels, history = args.tap_count - 1;
    const float* row = args.bcx;
    float* y = args.y;
    for (const ConvolutionSegment& segment : args.segments) {
      std::vector<float> u(static_cast<size_t>((history + segment.rows) * channels));
      std::copy_n(segment.state, history * channels, u.begin());
      for (int64_t t = 0; t < segment.rows; ++t, row += 3 * channels, y += channels) {
        float* newest = u.data() + (history + t) * channels;
        for (int64_t c = 0; c < channels; ++c) {
          newest[c] = row[c] * row[2 * channels + c];
          double sum = args.bias != nullptr ? args.bias[c] : 0;
          for (int64_t j = 0; j < args.tap_count; ++j) {
            sum += static_cast<double>(args.taps[j * channels + c]) *
                   newest[(j - history) * channels + c];
          }
          y[c] = row[channels + c] * static_cast<float>(sum);
        }
      }
      std::copy_n(u.end() - history * channels, history * channels, segment.state);
    }
  }

  void DoHalfSnake(const HalfSnakeArgs& args) override {
    const int64_t channels = args.channels, past = args.context * channels;
    const float* x = args.x;
    float* y = args.y;
    for (const ConvolutionSegment& segment : args.segments) {
      if (segment.rows == 0) continue;
      y = std::copy_n(segment.state, past, y);
      for (int64_t t = 0; t < segment.rows; ++t, x += channels, y += channels) {
        for (int64_t c = 0; c < channels; ++c) {
          if (c < channels / 2) {
            const double sine = std::sin(static_cast<double>(args.alpha[c]) * x[c]);
            y[c] = static_cast<float>(x[c] + sine * sine / (args.alpha[c] + 1e-9));
          } else {
            y[c] = x[c] > 0 ? x[c] : 0.01f * x[c];
          }
        }
      }
      std::copy_n(y - past, past, segment.state);
    }
  }

  void DoGroupedUpsample(const GroupedUpsampleArgs& args) override {
    const int64_t channels = args.channels, rate = args.rate;
    const float* x = args.x;
    const float* w = args.weights;
    float* y = args.y;
    for (const int64_t rows : args.segments) {
      if (rows == 0) continue;
      for (int64_t t = 0; t < rows; ++t, x += channels) {
        for (int64_t p = 0; p < rate; ++p) {
          for (int64_t j = 0; j < channels / 2; ++j) {
            double sum = args.bias[j];
            for (int64_t c = 2 * j; c < 2 * j + 2; ++c) {
              sum += static_cast<double>(x[channels + c]) * w[p * channels + c] +
                     static_cast<double>(x[c]) * w[(rate + p) * channels + c];
            }
            *y++ = static_cast<float>(sum);
          }
        }
      }
      x += channels;  // the row before the next segment's first
    }
  }

  void DoStoreKv(const StoreKvArgs& args) override {
    const float* k = args.k;
    const float* v = args.v;
    for (const KvSegment& segment : args.segments) {
      const KvBlockLayout layout(segment.cache->shape());
      for (int64_t t = 0; t < segment.rows; ++t, k += args.k_stride, v += args.v_stride) {
        const int64_t row = segment.first_row + t, lane = row % kBlockRows;
        float* block = segment.cache->blocks()[static_cast<size_t>(row / kBlockRows)];
        for (int64_t g = 0; g < layout.kv_heads; ++g) {
          float* keys = block + layout.keys(args.layer, g) + lane;
          float* values = block + layout.values(args.layer, g) + lane * layout.values_stride();
          for (int64_t e = 0; e < layout.head_size; ++e) {
            keys[e * kBlockRows] = k[g * layout.head_size + e];
            values[e] = v[g * layout.head_size + e];
          }
        }
      }
    }
  }

  void DoAttention(const AttentionArgs& args) override {
    const float* q = args.q;
    float* y = args.y;
    for (const KvSegment& segment : args.segments) {
      const int64_t rows = segment.first_row + segment.rows;
      const KvShape& shape = segment.cache->shape();
      const int64_t size = shape.head_size;
      const auto count = static_cast<size_t>(shape.kv_heads * rows * size);
      std::vector<float> keys(count), values(count);  // [G, rows, E]
      ReadKvBlocks(*segment.cache, args.layer, rows, keys, values);
      for (int64_t t = 0; t < segment.rows; ++t, q += args.q_stride, y += args.y_stride) {
        std::vector<double> scores(static_cast<size_t>(segment.first_row + t + 1));
        for (int64_t h = 0; h < args.heads; ++h) {
          const int64_t head = h / (args.heads / shape.kv_heads) * rows * size;
          for (size_t s = 0; s < scores.size(); ++s) {
            const float* key = keys.data() + head + static_cast<int64_t>(s) * size;
            double dot = 0;
            for (int64_t e = 0; e < size; ++e) dot += static_cast<double>(q[h * size + e]) * key[e];
            scores[s] = dot * args.scale;
          }
          Softmax(scores);
          WeightedSum(scores, values.data() + head, size, size, y + h * size);
        }
      }
    }
  }

  void DoBiasedAttention(const BiasedAttentionArgs& args) override {
    const int64_t rows = args.rows, size = args.head_size, stride = args.qkv_stride;
    std::vector<double> scores(static_cast<size_t>(rows));
    for (int64_t t = 0; t < rows; ++t) {
      for (int64_t h = 0; h < args.heads; ++h) {
        const int64_t head = h * size;
        for (int64_t s = 0; s < rows; ++s) {
          double dot = 0;
          for (int64_t e = 0; e < size; ++e) {
            dot +=
                static_cast<double>(args.q[t * stride + head + e]) * args.k[s * stride + head + e];
          }
          scores[static_cast<size_t>(s)] =
              dot * args.scale + static_cast<double>(args.gate[t * args.heads + h]) *
                                     args.bias[h * (2 * rows - 1) + s - t + rows - 1];
        }
        Softmax(scores);
        WeightedSum(scores, args.v + head, stride, size, args.y + (t * args.heads + h) * size);
      }
    }
  }

 private:
  static void WeightedSum(const std::vector<double>& weights, const float* values, int64_t stride,
                          int64_t head_size, float* y) {
    for (int64_t e = 0; e < head_size; ++e) {
      double sum = 0;
      for (size_t s = 0; s < weights.size(); ++s) {
        sum += weights[s] * values[static_cast<int64_t>(s) * stride + e];
      }
      y[e] = static_cast<float>(sum);
    }
  }
};

}  // namespace

std::unique_ptr<Ops> MakeReferenceOps(std::shared_ptr<Device> device) {
  return std::make_unique<ReferenceOps>(std::move(device));
}

}  // namespace kani::kernels
