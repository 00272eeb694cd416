// Operations over several sequences at once, and the caches that attention reads: each sequence as
// if it were alone, whatever lies beside it or was there before.

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "kernels/kernel_cases.h"
#include "kernels/kv_cache.h"
#include "kernels/ops.h"

namespace kani::kernels {
namespace {

/// A cache with the first `rows` rows of k and v [T, G * E] in every layer.
KvCache Filled(Ops& ops, KvPool& pool, const Buffer& k, const Buffer& v, int64_t rows) {
  KvCache cache(pool);
  cache.Reserve(rows);
  const int64_t wide = pool.shape().kv_heads * pool.shape().head_size;
  const KvSegment segment{&cache, 0, rows};
  for (int64_t layer = 0; layer < pool.shape().layers; ++layer) {
    ops.StoreKv({.segments = std::span(&segment, 1),
                 .layer = layer,
                 .k = k.data(),
                 .k_stride = wide,
                 .v = v.data(),
                 .v_stride = wide});
  }
  return cache;
}

/// Rows of `heads` heads, dense, in layer 0.
std::vector<float> Attend(Ops& ops, std::span<const KvSegment> segments, const float* q,
                          int64_t heads) {
  const int64_t wide = heads * segments[0].cache->shape().head_size;
  int64_t rows = 0;
  for (const KvSegment& segment : segments) rows += segment.rows;
  Buffer y(ops.device(), static_cast<size_t>(rows * wide));
  ops.Attention({.segments = segments,
                 .q = q,
                 .q_stride = wide,
                 .y = y.data(),
                 .y_stride = wide,
                 .heads = heads,
                 .scale = 0.2f});
  std::vector<float> found(y.count());
  ops.Download(y.data(), found);
  return found;
}

TEST(SegmentsTest, AttentionOfOneRowEqualsThatRowOfAPrefill) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  constexpr int64_t kRows = 33, kHeads = 4, kKvHeads = 2, kSize = 32, kWide = kHeads * kSize;
  for (std::string_view isa : AvailableIsas()) {
    const auto ops = MakeOps(isa, 2);
    KvPool pool(ops->device(), {.layers = 1, .kv_heads = kKvHeads, .head_size = kSize});
    const Buffer k(ops->device(), Normals(kRows * kKvHeads * kSize, 1)),
        v(ops->device(), Normals(kRows * kKvHeads * kSize, 2));
    KvCache cache = Filled(*ops, pool, k, v, kRows);
    const Buffer q(ops->device(), Normals(kRows * kWide, 3));
    const KvSegment all{&cache, 0, kRows};
    const std::vector<float> whole = Attend(*ops, std::span(&all, 1), q.data(), kHeads);
    std::vector<float> single;
    for (int64_t t = 0; t < kRows; ++t) {
      const KvSegment one{&cache, t, 1};
      single = Join(single, Attend(*ops, std::span(&one, 1), q.data() + t * kWide, kHeads));
    }
    ExpectSameBits(single, whole, std::string(isa));
  }
}

TEST(SegmentsTest, SegmentsOfACallEqualEachAlone) {
  constexpr int64_t kHeads = 4, kKvHeads = 2, kSize = 20, kWide = kHeads * kSize;
  constexpr int64_t kChannels = 37, kTaps = 3;
  struct Part {
    int64_t first, rows;
  };
  constexpr Part kParts[] = {{0, 5}, {40, 1}, {17, 30}, {3, 1}};
  for (std::string_view device :
       {std::string_view("reference"),
        AvailableIsas().empty() ? std::string_view("reference") : AvailableIsas()[0]}) {
    const auto ops = MakeOps(device, 3);
    KvPool pool(ops->device(), {.layers = 1, .kv_heads = kKvHeads, .head_size = kSize});
    const Buffer k(ops->device(), Normals(int64_t{50} * kKvHeads * kSize, 1)),
        v(ops->device(), Normals(int64_t{50} * kKvHeads * kSize, 2)),
        q(ops->device(), Normals(int64_t{40} * kWide, 3)),
        bcx(ops->device(), Normals(int64_t{40} * 3 * kChannels, 4)),
        taps(ops->device(), Normals(kTaps * kChannels, 5));
    std::vector<KvCache> caches;
    std::vector<Buffer> states, states_alone;
    std::vector<KvSegment> segments;
    std::vector<ConvolutionSegment> convolutions;
    for (const Part& part : kParts) {
      caches.push_back(Filled(*ops, pool, k, v, part.first + part.rows));
      const auto history = Normals((kTaps - 1) * kChannels, static_cast<uint64_t>(part.first));
      states.emplace_back(ops->device(), history);
      states_alone.emplace_back(ops->device(), history);
    }
    const auto convolve = [&](std::span<const ConvolutionSegment> list, int64_t first) {
      int64_t rows = 0;
      for (const ConvolutionSegment& segment : list) rows += segment.rows;
      Buffer y(ops->device(), static_cast<size_t>(rows * kChannels));
      ops->ShortConvolution({.segments = list,
                             .bcx = bcx.data() + first * 3 * kChannels,
                             .taps = taps.data(),
                             .y = y.data(),
                             .channels = kChannels,
                             .tap_count = kTaps});
      std::vector<float> found(y.count());
      ops->Download(y.data(), found);
      return found;
    };
    std::vector<float> attended, convolved;
    int64_t begin = 0;
    for (size_t i = 0; i < std::size(kParts); ++i) {
      segments.push_back({&caches[i], kParts[i].first, kParts[i].rows});
      convolutions.push_back({states[i].data(), kParts[i].rows});
      const ConvolutionSegment alone{states_alone[i].data(), kParts[i].rows};
      attended = Join(
          attended, Attend(*ops, std::span(&segments.back(), 1), q.data() + begin * kWide, kHeads));
      convolved = Join(convolved, convolve(std::span(&alone, 1), begin));
      begin += kParts[i].rows;
    }
    ExpectSameBits(Attend(*ops, segments, q.data(), kHeads), attended, std::string(device));
    ExpectSameBits(convolve(convolutions, 0), convolved, std::string(device));
    for (size_t i = 0; i < states.size(); ++i) {
      std::vector<float> together(states[i].count()), alone(states[i].count());
      ops->Download(states[i].data(), together);
      ops->Download(states_alone[i].data(), alone);
      ExpectSameBits(together, alone, "state");
    }
  }
}

/// The causal convolution as the codec's decoder has it, upsampled first, of sequences with pasts
/// of their own: its samples, then the pasts.
class CausalLayers {
 public:
  CausalLayers(Ops& ops, WeightFormat format) : ops_(ops) {
    const std::vector<float> matrix = Normals(kOutputs * kTaps * kChannels, 1);
    weights_ =
        ops.device().Pack(kOutputs, kTaps, kChannels, format, Rows(matrix, kTaps * kChannels));
    const auto upload = [&](int64_t count, uint64_t stream) {
      return Buffer(ops.device(), Normals(count, stream));
    };
    bias_ = upload(kOutputs, 2);
    alpha_ = upload(kChannels, 3);
    upsampler_ = upload(2 * kRate * 2 * kChannels, 4);
    upsampler_bias_ = upload(kChannels, 5);
  }

  std::vector<float> Run(std::span<const int64_t> rows, const std::vector<std::vector<float>>& x) {
    std::vector<float> all;
    std::vector<Buffer> states, first_states;
    std::vector<ConvolutionSegment> segments, first_segments;
    std::vector<int64_t> upsampled;
    int64_t total = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
      all = Join(all, x[i]);
      states.emplace_back(ops_.device(), Normals(kContext * kChannels, x[i].size() + 7));
      first_states.emplace_back(ops_.device(), Normals(2 * kChannels, x[i].size() + 8));
      segments.push_back({states[i].data(), rows[i] * kRate});
      first_segments.push_back({first_states[i].data(), rows[i]});
      upsampled.push_back(rows[i] * kRate);
      total += rows[i];
    }
    const auto contexts = static_cast<int64_t>(rows.size());
    const Buffer input(ops_.device(), all);
    Guarded first(ops_, (total + contexts) * 2 * kChannels),
        middle(ops_, total * kRate * kChannels);
    Guarded padded(ops_, (total * kRate + contexts * kContext) * kChannels);
    Guarded y(ops_, Normals(total * kRate * kOutputs, 6));
    ops_.HalfSnake({.segments = first_segments,
                    .x = input.data(),
                    .alpha = alpha_.data(),
                    .y = first.data(),
                    .channels = 2 * kChannels,
                    .context = 1});
    ops_.GroupedUpsample({.segments = rows,
                          .x = first.data(),
                          .weights = upsampler_.data(),
                          .bias = upsampler_bias_.data(),
                          .y = middle.data(),
                          .channels = 2 * kChannels,
                          .rate = kRate});
    ops_.HalfSnake({.segments = segments,
                    .x = middle.data(),
                    .alpha = alpha_.data(),
                    .y = padded.data(),
                    .channels = kChannels,
                    .context = kContext});
    ops_.Convolve({.weights = weights_.get(),
                   .bias = bias_.data(),
                   .x = padded.data(),
                   .x_stride = kChannels,
                   .y = y.data(),
                   .y_stride = kOutputs,
                   .rows = total * kRate,
                   .segments = upsampled,
                   .dilation = kDilation});
    for (Guarded* guarded : {&first, &middle, &padded}) guarded->Take();
    std::vector<float> results = y.Take();
    for (const std::vector<Buffer>* list : {&states, &first_states}) {
      for (const Buffer& state : *list) {
        std::vector<float> held(state.count());
        ops_.Download(state.data(), held);
        results = Join(results, held);
      }
    }
    return results;
  }

  static constexpr int64_t kChannels = 20, kOutputs = 21, kTaps = 5, kDilation = 3, kRate = 3;
  static constexpr int64_t kContext = (kTaps - 1) * kDilation;

 private:
  Ops& ops_;
  std::unique_ptr<const Weights> weights_;
  Buffer bias_, alpha_, upsampler_, upsampler_bias_;
};

TEST(SegmentsTest, ConvolutionsOfACallEqualEachAlone) {
  constexpr int64_t kChannels = CausalLayers::kChannels;
  std::vector<std::string_view> devices(AvailableIsas().begin(), AvailableIsas().end());
  devices.push_back("reference");
  for (std::string_view device : devices) {
    const auto ops = MakeOps(device, 3);
    for (const WeightFormat format : {WeightFormat::kFp32, WeightFormat::kBf16}) {
      CausalLayers layers(*ops, format);
      // Fewer rows than the context, one tile, several, more than pass over a panel at once.
      const std::vector<int64_t> rows = {1, 3, 0, 9, 50, 0, 2};
      std::vector<std::vector<float>> x, alone;
      for (size_t i = 0; i < rows.size(); ++i) {
        x.push_back(Normals(rows[i] * 2 * kChannels, 20 + i));
        alone.push_back(layers.Run(std::span(rows).subspan(i, 1), {x[i]}));
      }
      const auto outputs = [&](size_t i) {
        return rows[i] * CausalLayers::kRate * CausalLayers::kOutputs;
      };
      std::vector<float> expected;
      for (size_t i = 0; i < rows.size(); ++i) {
        expected.insert(expected.end(), alone[i].begin(), alone[i].begin() + outputs(i));
      }
      for (const auto& [from, count] : {std::pair{int64_t{0}, CausalLayers::kContext * kChannels},
                                        {CausalLayers::kContext * kChannels, 2 * kChannels}}) {
        for (size_t i = 0; i < rows.size(); ++i) {
          const auto first = alone[i].begin() + outputs(i) + from;
          expected.insert(expected.end(), first, first + count);
        }
      }
      ExpectSameBits(layers.Run(rows, x), expected, std::string(device));
    }
  }
}

TEST(SegmentsTest, WhatOtherSequencesLeftInABlockDoesNotMatter) {
  if (AvailableIsas().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  constexpr int64_t kSize = 16;
  for (std::string_view isa : AvailableIsas()) {
    const auto ops = MakeOps(isa, 1);
    KvPool pool(ops->device(), {.layers = 1, .kv_heads = 1, .head_size = kSize});
    const Buffer k(ops->device(), Normals(21 * kSize, 1)), q(ops->device(), Normals(kSize, 2));
    const Buffer bad(ops->device(),
                     std::vector<float>(40 * kSize, std::numeric_limits<float>::quiet_NaN()));
    std::vector<float> results[2];
    for (std::vector<float>& result : results) {
      KvCache cache = Filled(*ops, pool, k, k, 21);
      const KvSegment segment{&cache, 20, 1};
      result = Attend(*ops, std::span(&segment, 1), q.data(), 1);
      cache = KvCache(pool);
      const KvCache poisoned = Filled(*ops, pool, bad, bad, 40);
    }
    EXPECT_EQ(pool.blocks(), 3);
    ExpectSameBits(results[1], results[0], std::string(isa));
  }
}

TEST(KvCacheTest, ReturnsItsBlocksAndReadsBackWhatWasStored) {
  for (const char* name : {"reference", "auto"}) {
    const auto ops = MakeOps(name, 1);
    KvPool pool(ops->device(), {.layers = 2, .kv_heads = 3, .head_size = 5});
    EXPECT_EQ(pool.block_bytes(), size_t{16 * 2 * 2 * 3 * 5 * 4});
    const std::vector<float> k = Normals(int64_t{33 * 15}, 1), v = Normals(int64_t{33 * 15}, 2);
    {
      KvCache cache = Filled(*ops, pool, Buffer(ops->device(), k), Buffer(ops->device(), v), 33);
      EXPECT_EQ(cache.capacity(), 48);
      KvCache copy(pool);
      copy.CopyFrom(cache);
      EXPECT_EQ(pool.blocks_in_use(), 6);
      for (const KvCache* from : {&cache, &copy}) {
        std::vector<float> keys(33 * 15), values(33 * 15);
        ops->device().ReadKv(*from, 1, 33, keys, values);
        for (size_t i = 0; i < keys.size(); ++i) {  // [G, rows, E]
          const size_t g = i / (33 * 5), row = i / 5 % 33, e = i % 5;
          EXPECT_EQ(keys[i], k[row * 15 + g * 5 + e]);
          EXPECT_EQ(values[i], v[row * 15 + g * 5 + e]);
        }
      }
    }
    EXPECT_EQ(pool.blocks_in_use(), 0);
    KvCache again(pool);
    again.Reserve(96);
    EXPECT_EQ(pool.blocks(), 6) << "blocks that came back are used first";
  }
}

}  // namespace
}  // namespace kani::kernels
