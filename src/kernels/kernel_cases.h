// The battery of kernels_test.cc: every operation at sizes around those of registers and tiles, on
// unaligned memory between guards.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/elementary.h"
#include "base/random.h"
#include "kernels/kv_cache.h"
#include "kernels/ops.h"

namespace kani::kernels {

inline constexpr int64_t kGuard = 37;  // odd, so that what follows it is unaligned
inline constexpr float kGuardValue = 1234.5f;
inline constexpr int64_t kSizes[] = {1, 15, 16, 17, 53};

inline std::vector<float> Normals(size_t count, uint64_t stream, double scale = 1) {
  const CounterRandom random(7, stream);
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(scale * random.Normal(i));
  return values;
}
inline std::vector<float> Normals(int64_t count, uint64_t stream, double scale = 1) {
  return Normals(static_cast<size_t>(count), stream, scale);
}

/// Device memory with guards on both sides, at an unaligned address.
class Guarded {
 public:
  Guarded(Ops& ops, const std::vector<float>& values) : ops_(ops), count_(values.size()) {
    std::vector<float> all(values.size() + 2 * kGuard, kGuardValue);
    std::copy(values.begin(), values.end(), all.begin() + kGuard);
    buffer_ = Buffer(ops.device(), all);
  }
  Guarded(Ops& ops, int64_t count) : Guarded(ops, std::vector<float>(static_cast<size_t>(count))) {}
  float* data() { return buffer_.data() + kGuard; }
  /// The values; fails the test where a guard was touched.
  std::vector<float> Take() const {
    std::vector<float> all(count_ + 2 * kGuard);
    ops_.Download(buffer_.data(), all);
    for (size_t i = 0; i < kGuard; ++i) {
      EXPECT_EQ(all[i], kGuardValue) << "before the start, " << kGuard - i;
      EXPECT_EQ(all[kGuard + count_ + i], kGuardValue) << "behind the end, " << i;
    }
    return {all.begin() + kGuard, all.end() - kGuard};
  }

 private:
  Ops& ops_;
  size_t count_;
  Buffer buffer_;
};

struct Case {
  std::string operation;
  std::string size;
  double tolerance;  // of the largest magnitude of the output
  std::function<std::vector<float>(Ops&)> run;

  std::string name() const { return operation + size; }
};

inline std::vector<float> Join(std::vector<float> a, const std::vector<float>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline RowSource Rows(const std::vector<float>& matrix, int64_t row) {
  return [&matrix, row](int64_t n, std::span<float> to) {
    std::copy_n(matrix.begin() + n * row, row, to.begin());
  };
}

struct ConvolveShape {
  int64_t rows, outputs, taps, inputs, stride = 1, dilation = 1;
};

inline std::vector<float> RunConvolve(Ops& ops, const ConvolveShape& shape, WeightFormat format,
                                      bool bias, bool accumulate, int64_t first = 0,
                                      int64_t count = -1) {
  const int64_t x_stride = shape.inputs + 3;
  const int64_t y_stride = shape.outputs + 5;
  const int64_t x_rows = (shape.rows - 1) * shape.stride + (shape.taps - 1) * shape.dilation + 1;
  const int64_t row = shape.taps * shape.inputs;
  const std::vector<float> matrix = Normals(shape.outputs * row, 1);
  const auto weights =
      ops.device().Pack(shape.outputs, shape.taps, shape.inputs, format, Rows(matrix, row));
  // The last input row ends where its inputs end: a kernel may not read on.
  Guarded x(ops, Normals((x_rows - 1) * x_stride + shape.inputs, 2));
  Guarded b(ops, Normals(shape.outputs, 3));
  Guarded y(ops, Normals(shape.rows * y_stride, 4));
  if (count < 0) count = shape.rows;
  ops.Convolve({.weights = weights.get(),
                .bias = bias ? b.data() : nullptr,
                .x = x.data() + first * shape.stride * x_stride,
                .x_stride = x_stride,
                .y = y.data() + first * y_stride,
                .y_stride = y_stride,
                .rows = count,
                .stride = shape.stride,
                .dilation = shape.dilation,
                .accumulate = accumulate});
  return y.Take();
}

inline void AddProducts(std::vector<Case>& cases) {
  const ConvolveShape shapes[] = {
      {1, 1, 1, 1},          {1, 17, 1, 32},          {2, 15, 1, 33},        {3, 16, 1, 64},
      {4, 53, 1, 17},        {5, 70, 1, 100},         {6, 64, 1, 31},        {7, 130, 1, 65},
      {8, 64, 1, 96},        {9, 33, 1, 257},         {37, 53, 1, 53},       {201, 80, 1, 40},
      {3, 70, 1, 2600},      {20, 70, 1, 2600},       {1, 330, 1, 70},       {4, 215, 1, 96},
      {7, 27, 3, 27, 1, 1},  {30, 27, 11, 27, 1, 5},  {13, 54, 7, 54, 1, 3}, {10, 16, 10, 1, 5, 1},
      {40, 17, 3, 16, 2, 1}, {30, 40, 11, 216, 1, 3},
  };
  for (const ConvolveShape& shape : shapes) {
    for (const WeightTraits& traits : AllWeightFormats()) {
      if (shape.taps > 1 && !traits.convolutions) continue;
      const WeightFormat format = traits.format;
      const bool bias = shape.outputs % 2 == 0;
      const bool accumulate = shape.rows % 2 == 0;
      std::ostringstream size;
      size << " of " << shape.rows << " rows, [" << shape.outputs << ", " << shape.taps << ", "
           << shape.inputs << "]";
      // A chain of n fused multiply-adds in fp32 against sums in double.
      const double tolerance = 1e-6 + 2e-9 * static_cast<double>(shape.taps * shape.inputs);
      cases.push_back({std::string(traits.name) + " product", size.str(), tolerance, [=](Ops& ops) {
                         return RunConvolve(ops, shape, format, bias, accumulate);
                       }});
    }
  }
}

inline void AddRows(std::vector<Case>& cases) {
  for (int64_t c : kSizes) {
    const std::string size = " of " + std::to_string(c);
    static constexpr int64_t kRows = 5;
    cases.push_back({"RmsNorm", size, 1e-6, [=](Ops& ops) {
                       Guarded x(ops, Normals(kRows * c, 1)), w(ops, Normals(c, 2));
                       Guarded y(ops, kRows * c);
                       ops.RmsNorm(x.data(), w.data(), 1e-5f, y.data(), kRows, c);
                       return y.Take();
                     }});
    cases.push_back({"HeadNorm", size, 1e-6, [=](Ops& ops) {
                       constexpr int64_t kHeads = 3;
                       const int64_t stride = kHeads * c + 2;
                       Guarded x(ops, Normals(kRows * stride, 1)), w(ops, Normals(kHeads * c, 2));
                       ops.HeadNorm({.x = x.data(),
                                     .x_stride = stride,
                                     .weight = w.data(),
                                     .eps = 1e-5f,
                                     .rows = kRows,
                                     .heads = kHeads,
                                     .head_size = c});
                       return x.Take();
                     }});
    cases.push_back({"LayerNorm", size, 2e-6, [=](Ops& ops) {
                       Guarded x(ops, Normals(kRows * c, 1)), w(ops, Normals(c, 2));
                       Guarded b(ops, Normals(c, 3)), y(ops, kRows * c);
                       ops.LayerNorm(x.data(), w.data(), b.data(), 1e-5f, y.data(), kRows, c);
                       return y.Take();
                     }});
    cases.push_back({"SiluMultiply", size, 1e-6, [=](Ops& ops) {
                       Guarded x(ops, Normals(kRows * 2 * c, 1, 5)), y(ops, kRows * c);
                       ops.SiluMultiply(x.data(), y.data(), kRows, c);
                       return y.Take();
                     }});
    cases.push_back({"HalfSnake", size, 1e-6, [=](Ops& ops) {
                       Guarded x(ops, Normals(kRows * c, 1, 10)), a(ops, Normals(c / 2, 2));
                       Guarded y(ops, kRows * c);
                       const ConvolutionSegment all{nullptr, kRows};
                       ops.HalfSnake({.segments = std::span(&all, 1),
                                      .x = x.data(),
                                      .alpha = a.data(),
                                      .y = y.data(),
                                      .channels = c});
                       return y.Take();
                     }});
    cases.push_back({"GroupedUpsample", size, 1e-6, [=](Ops& ops) {
                       Guarded x(ops, Normals((1 + kRows) * 2 * c, 1));
                       Guarded w(ops, Normals(2 * 3 * 2 * c, 2)), b(ops, Normals(c, 3));
                       Guarded y(ops, kRows * 3 * c);
                       ops.GroupedUpsample({.segments = std::span(&kRows, 1),
                                            .x = x.data(),
                                            .weights = w.data(),
                                            .bias = b.data(),
                                            .y = y.data(),
                                            .channels = 2 * c,
                                            .rate = 3});
                       return y.Take();
                     }});
    for (int64_t rows : {int64_t{1}, kRows}) {
      cases.push_back(
          {"ShortConvolution", size + ", rows " + std::to_string(rows), 1e-6, [=](Ops& ops) {
             Guarded x(ops, Normals(rows * 3 * c, 1)), w(ops, Normals(4 * c, 2));
             Guarded b(ops, Normals(c, 3)), state(ops, Normals(3 * c, 4));
             Guarded y(ops, rows * c);
             const ConvolutionSegment segment{state.data(), rows};
             ops.ShortConvolution({.segments = std::span(&segment, 1),
                                   .bcx = x.data(),
                                   .taps = w.data(),
                                   .bias = b.data(),
                                   .y = y.data(),
                                   .channels = c,
                                   .tap_count = 4});
             return Join(y.Take(), state.Take());
           }});
    }
  }
}

inline void AddElements(std::vector<Case>& cases) {
  for (int64_t n : kSizes) {
    const std::string size = " of " + std::to_string(n);
    const auto in_place = [n](const std::function<void(Ops&, float*)>& run) {
      return [n, run](Ops& ops) {
        Guarded x(ops, Normals(n, 1, 3));
        run(ops, x.data());
        return x.Take();
      };
    };
    cases.push_back({"Gelu", size, 1e-6, in_place([n](Ops& ops, float* x) { ops.Gelu(x, n); })});
    cases.push_back({"LeakyRelu", size, 0,
                     in_place([n](Ops& ops, float* x) { ops.LeakyRelu(x, 0.1f, x, n); })});
    cases.push_back(
        {"Divide", size, 0, in_place([n](Ops& ops, float* x) { ops.Divide(x, 3, n); })});
    cases.push_back({"Add", size, 0, [n](Ops& ops) {
                       Guarded x(ops, Normals(n, 1)), y(ops, Normals(n, 2));
                       ops.Add(x.data(), y.data(), n);
                       return y.Take();
                     }});
  }
}

inline void AddAttention(std::vector<Case>& cases) {
  for (int64_t half : {1, 8, 15, 16, 17}) {
    cases.push_back(
        {"Rope", " of " + std::to_string(2 * half), 1e-6, [=](Ops& ops) {
           const std::vector<float> positions = {0, 1.25f, 77, 3001.5f};
           std::vector<float> inv_freq;
           for (int64_t i = 0; i < half; ++i) {
             // Not libm's: the same inputs everywhere.
             inv_freq.push_back(static_cast<float>(
                 Exp(-13.815510557964274 * static_cast<double>(i) / static_cast<double>(half))));
           }
           const int64_t stride = 3 * 2 * half + 1;
           Guarded x(ops, Normals(4 * stride, 1)), at(ops, positions), frequencies(ops, inv_freq);
           ops.Rope({.x = x.data(),
                     .x_stride = stride,
                     .positions = at.data(),
                     .inv_freq = frequencies.data(),
                     .rows = 4,
                     .heads = 3,
                     .head_size = 2 * half});
           return x.Take();
         }});
  }
  struct Shape {
    int64_t first, rows, heads, kv_heads, size;
  };
  for (const Shape& s : {Shape{0, 1, 1, 1, 4}, Shape{0, 17, 4, 2, 16}, Shape{30, 3, 6, 2, 24},
                         Shape{100, 1, 16, 8, 64}, Shape{5, 40, 9, 1, 20}}) {
    const std::string size = " behind " + std::to_string(s.first) + " rows, " +
                             std::to_string(s.rows) + " rows, head size " + std::to_string(s.size);
    cases.push_back(
        {"Attention", size, 2e-6, [=](Ops& ops) {
           const int64_t total = s.first + s.rows;
           const int64_t row = s.kv_heads * s.size;
           KvPool pool(ops.device(), {.layers = 2, .kv_heads = s.kv_heads, .head_size = s.size});
           KvCache cache(pool);
           cache.Reserve(total);
           Guarded k(ops, Normals(total * (row + 1), 1)), v(ops, Normals(total * (row + 2), 2));
           for (const auto& [first, rows] : {std::pair{int64_t{0}, s.first}, {s.first, s.rows}}) {
             const KvSegment part{&cache, first, rows};
             ops.StoreKv({.segments = std::span(&part, 1),
                          .layer = 1,
                          .k = k.data() + first * (row + 1),
                          .k_stride = row + 1,
                          .v = v.data() + first * (row + 2),
                          .v_stride = row + 2});
           }
           const int64_t wide = s.heads * s.size;
           Guarded q(ops, Normals(s.rows * (wide + 3), 3)), y(ops, s.rows * (wide + 1));
           const KvSegment segment{&cache, s.first, s.rows};
           ops.Attention({.segments = std::span(&segment, 1),
                          .layer = 1,
                          .q = q.data(),
                          .q_stride = wide + 3,
                          .y = y.data(),
                          .y_stride = wide + 1,
                          .heads = s.heads,
                          .scale = 0.3f});
           return y.Take();
         }});
  }
  for (int64_t rows : {1, 16, 53, 100}) {
    for (int64_t size : {5, 64}) {
      cases.push_back({"BiasedAttention",
                       " of " + std::to_string(rows) + " rows, head size " + std::to_string(size),
                       2e-6, [=](Ops& ops) {
                         constexpr int64_t kHeads = 3;
                         const int64_t stride = 3 * kHeads * size;
                         Guarded qkv(ops, Normals(rows * stride, 1));
                         Guarded gate(ops, Normals(rows * kHeads, 2));
                         Guarded bias(ops, Normals(kHeads * (2 * rows - 1), 3));
                         Guarded y(ops, rows * kHeads * size);
                         const float* q = qkv.data();
                         ops.BiasedAttention({.q = q,
                                              .k = q + kHeads * size,
                                              .v = q + 2 * kHeads * size,
                                              .qkv_stride = stride,
                                              .gate = gate.data(),
                                              .bias = bias.data(),
                                              .y = y.data(),
                                              .rows = rows,
                                              .heads = kHeads,
                                              .head_size = size,
                                              .scale = 0.125f});
                         return y.Take();
                       }});
    }
  }
}

inline std::vector<Case> AllCases() {
  std::vector<Case> cases;
  AddProducts(cases);
  AddRows(cases);
  AddElements(cases);
  AddAttention(cases);
  return cases;
}

inline void ExpectSameBits(const std::vector<float>& found, const std::vector<float>& expected,
                           const std::string& what) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]) && std::isnan(found[i])) continue;
    ASSERT_EQ(std::bit_cast<uint32_t>(found[i]), std::bit_cast<uint32_t>(expected[i]))
        << what << " [" << i << "]: " << found[i] << " and " << expected[i];
  }
}

}  // namespace kani::kernels
