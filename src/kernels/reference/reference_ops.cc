// The oracle: every operation of ops.h in the most obvious scalar form, sums in double. Slow on
// purpose; kernels are tested against it and all model goldens run on it.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "kernels/ops.h"

namespace kani::kernels {
namespace {

constexpr int64_t kInt8Block = 32;

/// Values as the format would hold them; for int8 the integers and, per block, the scale.
class ReferenceWeights : public Weights {
 public:
  ReferenceWeights(int64_t outputs, int64_t taps, int64_t inputs, WeightFormat format,
                   const RowSource& source)
      : Weights(outputs, taps, inputs, format),
        row_size_(taps * inputs),
        values_(static_cast<size_t>(outputs * row_size_)) {
    for (int64_t n = 0; n < outputs; ++n) {
      const std::span<float> row(values_.data() + n * row_size_, static_cast<size_t>(row_size_));
      source(n, row);
      if (format == WeightFormat::kBf16) {
        for (float& value : row) value = Bf16ToFloat(FloatToBf16(value));
      } else if (format == WeightFormat::kInt8) {
        for (int64_t k = 0; k < row_size_; k += kInt8Block) {
          scales_.push_back(QuantiseWeights(row.subspan(
              static_cast<size_t>(k), static_cast<size_t>(std::min(kInt8Block, row_size_ - k)))));
        }
      }
    }
  }

  size_t bytes() const override {
    switch (format()) {
      case WeightFormat::kFp32:
        return values_.size() * 4;
      case WeightFormat::kBf16:
        return values_.size() * 2;
      case WeightFormat::kInt8:
        return values_.size() + scales_.size() * 2;
    }
    return 0;
  }
  const float* row(int64_t n) const { return values_.data() + n * row_size_; }
  const float* scales(int64_t n) const {
    return scales_.data() + n * ((row_size_ + kInt8Block - 1) / kInt8Block);
  }

 private:
  /// Replaces a block by its integers; returns the scale as fp16 stores it.
  static float QuantiseWeights(std::span<float> block) {
    float largest = 0;
    for (float value : block) largest = std::max(largest, std::fabs(value));
    const float scale = F16ToFloat(FloatToF16(largest / 127.0f));
    for (float& value : block) {
      value = scale == 0 ? 0 : std::clamp(std::nearbyint(value / scale), -127.0f, 127.0f);
    }
    return scale;
  }

  int64_t row_size_;
  std::vector<float> values_;  // [N, taps, K]
  std::vector<float> scales_;  // [N, ceil(K / 32)]
};

double Int8Product(const ReferenceWeights& weights, int64_t n, const float* x) {
  const float* w = weights.row(n);
  double sum = 0;
  for (int64_t k = 0; k < weights.inputs(); k += kInt8Block) {
    const int64_t end = std::min(k + kInt8Block, weights.inputs());
    float largest = 0;
    for (int64_t i = k; i < end; ++i) largest = std::max(largest, std::fabs(x[i]));
    if (largest == 0) continue;
    double block = 0;
    for (int64_t i = k; i < end; ++i) block += w[i] * std::nearbyint(x[i] * (127.0f / largest));
    sum += block * weights.scales(n)[k / kInt8Block] * (largest / 127.0f);
  }
  return sum;
}

double Product(const Ops::ConvolveArgs& args, const ReferenceWeights& weights, int64_t t,
               int64_t n) {
  const float* x = args.x + t * args.stride * args.x_stride;
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
  std::string_view name() const override { return "reference"; }
  int threads() const override { return 1; }

  float* Allocate(size_t count) override {
    void* memory = count > SIZE_MAX / 8 ? nullptr : std::calloc(count + 16, sizeof(float));
    if (memory == nullptr) {
      Fail(ErrorCode::kResourceExhausted, "cannot allocate ", count, " floats");
    }
    return static_cast<float*>(memory);
  }
  void Free(float* memory) override { std::free(memory); }
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
    return std::make_unique<ReferenceWeights>(outputs, taps, inputs, format, source);
  }

  void Convolve(const ConvolveArgs& args) override {
    const auto& weights = static_cast<const ReferenceWeights&>(*args.weights);
    for (int64_t t = 0; t < args.rows; ++t) {
      for (int64_t n = 0; n < weights.outputs(); ++n) {
        float value = static_cast<float>(Product(args, weights, t, n));
        if (args.bias != nullptr) value += args.bias[n];
        float& y = args.y[t * args.y_stride + n];
        y = args.accumulate ? y + value : value;
      }
    }
  }

  void RmsNorm(const float* x, int64_t x_stride, const float* weight, float eps, float* y,
               int64_t y_stride, int64_t rows, int64_t channels) override {
    for (int64_t t = 0; t < rows; ++t, x += x_stride, y += y_stride) {
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
  void Clamp(float* y, float low, float high, int64_t count) override {
    for (int64_t i = 0; i < count; ++i) y[i] = y[i] > low ? std::min(y[i], high) : low;
  }

  void Rope(float* x, int64_t x_stride, std::span<const float> positions, int64_t heads,
            int64_t head_size, std::span<const float> inv_freq) override {
    const int64_t half = head_size / 2;
    for (float position : positions) {
      for (int64_t i = 0; i < half; ++i) {
        const float angle = position * inv_freq[static_cast<size_t>(i)];
        const float cosine = static_cast<float>(std::cos(static_cast<double>(angle)));
        const float sine = static_cast<float>(std::sin(static_cast<double>(angle)));
        for (int64_t h = 0; h < heads; ++h) {
          float& a = x[h * head_size + i];
          float& b = x[h * head_size + half + i];
          const float rotated = a * cosine - b * sine;
          b = b * cosine + a * sine;
          a = rotated;
        }
      }
      x += x_stride;
    }
  }

  void ShortConvolution(const float* bcx, const float* taps, const float* bias, float* state,
                        float* y, int64_t rows, int64_t channels, int64_t tap_count) override {
    const int64_t history = tap_count - 1;
    std::vector<float> u(static_cast<size_t>((history + rows) * channels));
    std::copy_n(state, history * channels, u.begin());
    for (int64_t t = 0; t < rows; ++t) {
      const float* row = bcx + t * 3 * channels;
      float* newest = u.data() + (history + t) * channels;
      for (int64_t c = 0; c < channels; ++c) {
        newest[c] = row[c] * row[2 * channels + c];
        double sum = bias != nullptr ? bias[c] : 0;
        for (int64_t j = 0; j < tap_count; ++j) {
          sum += static_cast<double>(taps[j * channels + c]) * newest[(j - history) * channels + c];
        }
        y[t * channels + c] = row[channels + c] * static_cast<float>(sum);
      }
    }
    std::copy_n(u.end() - history * channels, history * channels, state);
  }

  void StoreKv(const KvCache& cache, int64_t first_row, const float* k, int64_t k_stride,
               const float* v, int64_t v_stride, int64_t rows, int64_t kv_heads,
               int64_t head_size) override {
    for (int64_t t = 0; t < rows; ++t) {
      for (int64_t g = 0; g < kv_heads; ++g) {
        for (int64_t e = 0; e < head_size; ++e) {
          cache.keys[KeyIndex(cache, g, first_row + t, e, head_size)] =
              k[t * k_stride + g * head_size + e];
          cache.values[(g * cache.capacity + first_row + t) * head_size + e] =
              v[t * v_stride + g * head_size + e];
        }
      }
    }
  }

  void Attention(const KvCache& cache, int64_t first_row, const float* q, int64_t q_stride,
                 float* y, int64_t y_stride, int64_t rows, int64_t heads, int64_t kv_heads,
                 int64_t head_size, float scale) override {
    for (int64_t t = 0; t < rows; ++t) {
      std::vector<double> scores(static_cast<size_t>(first_row + t + 1));
      for (int64_t h = 0; h < heads; ++h) {
        const int64_t g = h / (heads / kv_heads);
        const float* query = q + t * q_stride + h * head_size;
        for (size_t s = 0; s < scores.size(); ++s) {
          double dot = 0;
          for (int64_t e = 0; e < head_size; ++e) {
            const int64_t key = KeyIndex(cache, g, static_cast<int64_t>(s), e, head_size);
            dot += static_cast<double>(query[e]) * cache.keys[key];
          }
          scores[s] = dot * scale;
        }
        Softmax(scores);
        WeightedSum(scores, cache.values + g * cache.capacity * head_size, head_size, head_size,
                    y + t * y_stride + h * head_size);
      }
    }
  }

  void BiasedAttention(const float* q, const float* k, const float* v, int64_t qkv_stride,
                       const float* gate, const float* bias, float* y, int64_t rows, int64_t heads,
                       int64_t head_size, float scale) override {
    std::vector<double> scores(static_cast<size_t>(rows));
    for (int64_t t = 0; t < rows; ++t) {
      for (int64_t h = 0; h < heads; ++h) {
        const int64_t head = h * head_size;
        for (int64_t s = 0; s < rows; ++s) {
          double dot = 0;
          for (int64_t e = 0; e < head_size; ++e) {
            dot += static_cast<double>(q[t * qkv_stride + head + e]) * k[s * qkv_stride + head + e];
          }
          scores[static_cast<size_t>(s)] =
              dot * scale + static_cast<double>(gate[t * heads + h]) *
                                bias[h * (2 * rows - 1) + s - t + rows - 1];
        }
        Softmax(scores);
        WeightedSum(scores, v + head, qkv_stride, head_size, y + (t * heads + h) * head_size);
      }
    }
  }

  void HalfSnake(const float* x, const float* alpha, float* y, int64_t rows,
                 int64_t channels) override {
    for (int64_t t = 0; t < rows; ++t, x += channels, y += channels) {
      for (int64_t c = 0; c < channels; ++c) {
        if (c < channels / 2) {
          const double sine = std::sin(static_cast<double>(alpha[c]) * x[c]);
          y[c] = static_cast<float>(x[c] + sine * sine / (alpha[c] + 1e-9));
        } else {
          y[c] = x[c] > 0 ? x[c] : 0.01f * x[c];
        }
      }
    }
  }

  void GroupedUpsample(const float* x, const float* w, const float* bias, float* y, int64_t rows,
                       int64_t channels, int64_t rate) override {
    for (int64_t t = 0; t < rows; ++t, x += channels) {
      for (int64_t p = 0; p < rate; ++p) {
        for (int64_t j = 0; j < channels / 2; ++j) {
          double sum = bias[j];
          for (int64_t c = 2 * j; c < 2 * j + 2; ++c) {
            sum += static_cast<double>(x[channels + c]) * w[p * channels + c] +
                   static_cast<double>(x[c]) * w[(rate + p) * channels + c];
          }
          *y++ = static_cast<float>(sum);
        }
      }
    }
  }

 private:
  static int64_t KeyIndex(const KvCache& cache, int64_t g, int64_t row, int64_t e,
                          int64_t head_size) {
    return ((g * (cache.capacity / 16) + row / 16) * head_size + e) * 16 + row % 16;
  }
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

std::unique_ptr<Ops> MakeReferenceOps() { return std::make_unique<ReferenceOps>(); }

}  // namespace kani::kernels
