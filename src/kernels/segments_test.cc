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
