// Speed of the kernels at the sizes of the full models, beside the limits of the machine: products
// of one token read weights that no cache holds (GB/s against ReadBandwidth), convolutions and
// prompts compute (GFLOP/s against FmaRate).

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "kernels/ops.h"
#include "kernels/probe.h"

namespace kani::kernels {
namespace {

constexpr size_t kRotatedBytes = size_t{600} << 20;

Ops& SharedOps() {
  static const std::unique_ptr<Ops> ops = MakeOps("cpu", 0);
  return *ops;
}

/// Small numbers without denormals or structure; what they are does not matter to speed.
void Fill(std::span<float> values) {
  uint32_t state = 12345;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = (static_cast<float>(state >> 8) / 8388608.0f - 1.0f) * 0.05f;
  }
}
Buffer Filled(int64_t count) {
  std::vector<float> values(static_cast<size_t>(count));
  Fill(values);
  return Buffer(SharedOps().device(), values);
}

std::unique_ptr<const Weights> PackFilled(int64_t outputs, int64_t taps, int64_t inputs,
                                          WeightFormat format) {
  return SharedOps().device().Pack(outputs, taps, inputs, format,
                                   [](int64_t, std::span<float> row) { Fill(row); });
}

/// Enough copies of a matrix that none is in a cache when its turn comes again.
std::vector<std::unique_ptr<const Weights>> Rotation(int64_t outputs, int64_t inputs,
                                                     WeightFormat format) {
  std::vector<std::unique_ptr<const Weights>> copies;
  size_t bytes = 0;
  while (bytes < kRotatedBytes) {
    copies.push_back(PackFilled(outputs, 1, inputs, format));
    bytes += copies.back()->bytes();
  }
  return copies;
}

void ReadBandwidth(benchmark::State& state) {
  double best = 0;
  for (auto _ : state) {
    best = std::max(best, ReadBandwidthBytesPerSecond(SharedOps().threads()));
  }
  state.counters["GB/s"] = best / 1e9;
}
BENCHMARK(ReadBandwidth)->Iterations(2)->Unit(benchmark::kMillisecond);

void FmaRate(benchmark::State& state) {
  double best = 0;
  for (auto _ : state) best = std::max(best, FmaFlopsPerSecond(SharedOps().threads()));
  state.counters["GFLOP/s"] = best / 1e9;
}
BENCHMARK(FmaRate)->Iterations(2)->Unit(benchmark::kMillisecond);

/// One product over weights from memory: [outputs, inputs, format, rows].
void MatMul(benchmark::State& state) {
  const int64_t outputs = state.range(0), inputs = state.range(1), rows = state.range(3);
  const auto format = static_cast<WeightFormat>(state.range(2));
  const auto copies = Rotation(outputs, inputs, format);
  const Buffer x = Filled(rows * inputs);
  Buffer y(SharedOps().device(), static_cast<size_t>(rows * outputs));
  size_t next = 0;
  for (auto _ : state) {
    SharedOps().MatMul(*copies[next++ % copies.size()], nullptr, x.data(), y.data(), rows);
  }
  const double calls = static_cast<double>(state.iterations());
  state.SetLabel(std::string(WeightFormatName(format)));
  state.counters["GB/s"] = benchmark::Counter(calls * static_cast<double>(copies[0]->bytes()) / 1e9,
                                              benchmark::Counter::kIsRate);
  state.counters["GFLOP/s"] = benchmark::Counter(
      calls * 2e-9 * static_cast<double>(rows * outputs * inputs), benchmark::Counter::kIsRate);
}
void MatMulSizes(benchmark::internal::Benchmark* bench) {
  for (int64_t format : {0, 1, 2}) {
    for (const auto& [outputs, inputs] : {std::pair<int64_t, int64_t>{3072, 1024},
                                          {1024, 1024},
                                          {2048, 1024},
                                          {9216, 1024},
                                          {1024, 4608},
                                          {16136, 1024}}) {
      bench->Args({outputs, inputs, format, 1});
    }
    for (int64_t rows : {4, 8, 35}) bench->Args({9216, 1024, format, rows});
    bench->Args({1024, 4608, format, 35});
  }
  bench->Args({4096, 1024, 0, 500})->Args({1024, 4096, 0, 500});  // speaker encoder, 10 s
}
BENCHMARK(MatMul)->Apply(MatMulSizes)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// The residual convolutions of one codec stage, `frames` frames a call: [channels, rows a frame,
/// frames].
void CodecStage(benchmark::State& state) {
  const int64_t channels = state.range(0), rows = state.range(1) * state.range(2);
  std::vector<std::unique_ptr<const Weights>> weights;
  for (int64_t taps : {3, 7, 11}) {
    for (int copy = 0; copy < 6; ++copy) {
      weights.push_back(PackFilled(channels, taps, channels, WeightFormat::kFp32));
    }
  }
  const Buffer x = Filled((rows + 50) * channels);
  const Buffer bias = Filled(channels);
  Buffer y(SharedOps().device(), static_cast<size_t>(rows * channels));
  double operations = 0;
  for (const auto& w : weights) {
    operations += 2.0 * static_cast<double>(rows * channels * channels * w->taps());
  }
  for (auto _ : state) {
    for (size_t i = 0; i < weights.size(); ++i) {
      SharedOps().Convolve({.weights = weights[i].get(),
                            .bias = bias.data(),
                            .x = x.data(),
                            .x_stride = channels,
                            .y = y.data(),
                            .y_stride = channels,
                            .rows = rows,
                            .dilation = i % 2 == 0 ? 1 + static_cast<int64_t>(i % 6) : 1,
                            .accumulate = i % 2 == 1});
    }
  }
  state.counters["GFLOP/s"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * operations / 1e9, benchmark::Counter::kIsRate);
}
void CodecSizes(benchmark::internal::Benchmark* bench) {
  for (int64_t frames : {1, 4, 16}) {
    bench->Args({432, 7, frames})->Args({216, 49, frames})->Args({108, 294, frames});
    bench->Args({54, 882, frames})->Args({27, 1764, frames});
  }
}
BENCHMARK(CodecStage)->Apply(CodecSizes)->UseRealTime()->Unit(benchmark::kMicrosecond);

void HalfSnake(benchmark::State& state) {
  const int64_t channels = state.range(0), rows = state.range(1);
  const Buffer x = Filled(rows * channels), alpha = Filled(channels);
  Buffer y = Filled(rows * channels);
  const ConvolutionSegment all{nullptr, rows};
  for (auto _ : state) {
    SharedOps().HalfSnake({.segments = std::span(&all, 1),
                           .x = x.data(),
                           .alpha = alpha.data(),
                           .y = y.data(),
                           .channels = channels});
  }
  state.counters["ns/element"] =
      benchmark::Counter(static_cast<double>(state.iterations() * rows * channels) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(HalfSnake)->Args({432, 28})->Args({27, 7056})->UseRealTime();

/// One decoded token behind [rows] cached rows, one layer of the full model.
void DecodeAttention(benchmark::State& state) {
  const int64_t rows = state.range(0);
  constexpr int64_t kHeads = 16, kKvHeads = 8, kSize = 64;
  const Buffer kv = Filled(rows * kKvHeads * kSize);
  // Blocks as of the full model, so that those of one layer lie as far apart.
  KvPool pool(SharedOps().device(), {.layers = 6, .kv_heads = kKvHeads, .head_size = kSize});
  KvCache cache(pool);
  cache.Reserve(rows);
  const KvSegment stored{&cache, 0, rows};
  SharedOps().StoreKv({.segments = std::span(&stored, 1),
                       .k = kv.data(),
                       .k_stride = kKvHeads * kSize,
                       .v = kv.data(),
                       .v_stride = kKvHeads * kSize});
  const KvSegment last{&cache, rows - 1, 1};
  const Buffer q = Filled(kHeads * kSize);
  Buffer y(SharedOps().device(), kHeads * kSize);
  for (auto _ : state) {
    SharedOps().Attention({.segments = std::span(&last, 1),
                           .q = q.data(),
                           .q_stride = kHeads * kSize,
                           .y = y.data(),
                           .y_stride = kHeads * kSize,
                           .heads = kHeads,
                           .scale = 0.125f});
  }
}
BENCHMARK(DecodeAttention)
    ->Arg(300)
    ->Arg(1000)
    ->Arg(3000)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void SpeakerAttention(benchmark::State& state) {
  const int64_t rows = state.range(0);
  constexpr int64_t kHeads = 16, kSize = 64, kWide = kHeads * kSize;
  const Buffer qkv = Filled(rows * 3 * kWide);
  const Buffer gate = Filled(rows * kHeads);
  const Buffer bias = Filled(kHeads * (2 * rows - 1));
  Buffer y(SharedOps().device(), static_cast<size_t>(rows * kWide));
  for (auto _ : state) {
    SharedOps().BiasedAttention({.q = qkv.data(),
                                 .k = qkv.data() + kWide,
                                 .v = qkv.data() + 2 * kWide,
                                 .qkv_stride = 3 * kWide,
                                 .gate = gate.data(),
                                 .bias = bias.data(),
                                 .y = y.data(),
                                 .rows = rows,
                                 .heads = kHeads,
                                 .head_size = kSize,
                                 .scale = 0.125f});
  }
  state.counters["GFLOP/s"] =
      benchmark::Counter(static_cast<double>(state.iterations() * rows * rows) * 4e-9 * kWide,
                         benchmark::Counter::kIsRate);
}
BENCHMARK(SpeakerAttention)->Arg(500)->Arg(1500)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kani::kernels
