#include "kernels/cpu/attention.h"

#include <algorithm>
#include <cstring>

#include "kernels/cpu/denormals.h"
#include "kernels/cpu/tiles.h"

namespace kani::kernels {
namespace {

// Query rows of one unit of BiasedAttention: their scores stay in L1 or L2.
constexpr int64_t kQueryRows = 24;

int64_t RoundUp(int64_t count) { return (count + kGroup - 1) / kGroup * kGroup; }
const uint8_t* Lines(const float* memory) { return reinterpret_cast<const uint8_t*>(memory); }

}  // namespace

float* AttentionRunner::Reserve(size_t floats) {
  if (floats > memory_floats_) {
    memory_.reset();
    memory_floats_ = 0;
    memory_ = AllocateZeroed(floats * sizeof(float));
    memory_floats_ = floats;
  }
  return reinterpret_cast<float*>(memory_.get());
}

void AttentionRunner::Causal(const AttentionArgs& args) {
  if (args.segments.empty()) return;
  const KvShape& shape = args.segments[0].cache->shape();
  int64_t longest = 0, units = 0;
  for (const KvSegment& segment : args.segments) {
    longest = std::max(longest, RoundUp(segment.first_row + segment.rows));
    units += segment.rows * shape.kv_heads;
  }
  const int64_t scratch = args.heads / shape.kv_heads * (longest + RoundUp(shape.head_size));
  float* memory = Reserve(static_cast<size_t>(scratch * pool_.threads()));
  pool_.Run([&](int worker) {
    const FlushDenormals flush;
    int64_t begin = units * worker / pool_.threads();
    int64_t end = units * (worker + 1) / pool_.threads();
    int64_t first = 0;  // the segment's first row of the call
    for (const KvSegment& segment : args.segments) {
      const int64_t own = segment.rows * shape.kv_heads;
      for (int64_t unit = std::max<int64_t>(begin, 0); unit < std::min(end, own); ++unit) {
        // One head for all rows before the next: its keys stay in the cache.
        const int64_t t = unit % segment.rows;
        const Query query{.cache = segment.cache,
                          .q = args.q + (first + t) * args.q_stride,
                          .y = args.y + (first + t) * args.y_stride,
                          .count = segment.first_row + t + 1};
        CausalGroup(args, query, unit / segment.rows, memory + worker * scratch);
      }
      begin -= own;
      end -= own;
      first += segment.rows;
    }
  });
}

/// All query heads of one key-value head, at one row.
void AttentionRunner::CausalGroup(const AttentionArgs& args, const Query& query, int64_t kv_head,
                                  float* scratch) {
  const KvShape& shape = query.cache->shape();
  const int64_t queries = args.heads / shape.kv_heads;
  const int64_t scores_row = RoundUp(query.count);
  const int64_t sums_row = RoundUp(shape.head_size);
  float* scores = scratch;                       // [queries, scores_row]
  float* sums = scratch + queries * scores_row;  // [queries, sums_row]
  Score(args, query, kv_head, scores);

  float totals[kMaxTileRows];
  for (int64_t first = 0; first < queries; first += kMaxTileRows) {
    const int64_t rows = std::min<int64_t>(kMaxTileRows, queries - first);
    float* block = scores + first * scores_row;
    for (int64_t i = 0; i < rows; ++i) {
      table_.scale(block + i * scores_row, args.scale, query.count);
      totals[i] = table_.softmax(block + i * scores_row, query.count);
    }
    AddValues(args, query, kv_head, block, rows, sums);
    for (int64_t i = 0; i < rows; ++i) {
      float* y = query.y + (kv_head * queries + first + i) * shape.head_size;
      table_.divide(sums + i * sums_row, totals[i], shape.head_size);
      std::memcpy(y, sums + i * sums_row, static_cast<size_t>(shape.head_size) * sizeof(float));
    }
  }
}

/// scores [queries, count rounded up]: blocks that lie equally far apart make one product.
void AttentionRunner::Score(const AttentionArgs& args, const Query& query, int64_t kv_head,
                            float* scores) {
  const KvBlockLayout layout(query.cache->shape());
  const std::span<float* const> blocks = query.cache->blocks();
  const int64_t queries = args.heads / layout.kv_heads;
  const int64_t count = RoundUp(query.count) / kGroup;
  const auto at = [&](int64_t block) {
    return Lines(blocks[static_cast<size_t>(block)] + layout.keys(args.layer, kv_head));
  };
  const auto step = [&](int64_t block) {  // in bytes; the blocks may be of different allocations
    return reinterpret_cast<intptr_t>(at(block + 1)) - reinterpret_cast<intptr_t>(at(block));
  };
  for (int64_t block = 0, run; block < count; block += run) {
    for (run = 1; block + run < count && step(block + run - 1) == step(block);) ++run;
    const TileArgs tile{.weights = at(block),
                        .line_bytes = kGroup * 4,
                        .group_bytes = run > 1 ? step(block) : 0,
                        .x = query.q + kv_head * queries * layout.head_size,
                        .x_row = layout.head_size,
                        .inputs = layout.head_size,
                        .taps = 1,
                        .sums = scores + block * kGroup,
                        .sums_row = RoundUp(query.count)};
    RunFp32Tiles(table_, tile, queries, run);
  }
}

/// sums [rows, E rounded up] = weights [rows, count rounded up] * values.
void AttentionRunner::AddValues(const AttentionArgs& args, const Query& query, int64_t kv_head,
                                const float* weights, int64_t rows, float* sums) {
  const KvBlockLayout layout(query.cache->shape());
  const std::span<float* const> blocks = query.cache->blocks();
  const int64_t sums_row = RoundUp(layout.head_size);
  for (int64_t first = 0; first < query.count; first += kGroup) {
    const float* block = blocks[static_cast<size_t>(first / kGroup)];
    const TileArgs tile{.weights = Lines(block + layout.values(args.layer, kv_head)),
                        .line_bytes = layout.values_stride() * 4,
                        .group_bytes = kGroup * 4,
                        .x = weights + first,
                        .x_row = RoundUp(query.count),
                        .inputs = std::min(kGroup, query.count - first),
                        .taps = 1,
                        .sums = sums,
                        .sums_row = sums_row,
                        .resume = first > 0};
    RunFp32Tiles(table_, tile, rows, sums_row / kGroup);
  }
}

void AttentionRunner::Biased(const BiasedAttentionArgs& args) {
  if (args.rows <= 0) return;
  const int64_t padded = RoundUp(args.rows);
  const int64_t key_floats = padded * args.head_size;
  const int64_t value_floats = args.rows * RoundUp(args.head_size);
  const int64_t head_floats = key_floats + value_floats;
  const int64_t scratch = kQueryRows * (padded + RoundUp(args.head_size));
  float* memory =
      Reserve(static_cast<size_t>(args.heads * head_floats + pool_.threads() * scratch));
  float* scratches = memory + args.heads * head_floats;
  pool_.ParallelFor(args.heads, 1, [&](int64_t begin, int64_t end) {
    for (int64_t head = begin; head < end; ++head) {
      float* keys = memory + head * head_floats;
      PackHead(args, head, keys, keys + key_floats);
    }
  });
  const int64_t chunks = (args.rows + kQueryRows - 1) / kQueryRows;
  const int64_t units = args.heads * chunks;
  pool_.Run([&](int worker) {
    const FlushDenormals flush;
    const int64_t end = units * (worker + 1) / pool_.threads();
    for (int64_t unit = units * worker / pool_.threads(); unit < end; ++unit) {
      const int64_t head = unit / chunks;
      const int64_t row = unit % chunks * kQueryRows;
      const float* keys = memory + head * head_floats;
      BiasedRows(args, head, row, std::min(kQueryRows, args.rows - row), keys, keys + key_floats,
                 scratches + worker * scratch);
    }
  });
}

/// keys [blocks of 16 rows, E, 16], the rows behind the last zero; values [T, E
/// rounded up]: dense, since rows of a power of two apart fight for the same cache lines.
void AttentionRunner::PackHead(const BiasedAttentionArgs& args, int64_t head, float* keys,
                               float* values) {
  const int64_t size = args.head_size;
  const int64_t value_row = RoundUp(size);
  for (int64_t block = 0; block * kGroup < args.rows; ++block) {
    float* to = keys + block * kGroup * size;
    for (int64_t lane = 0; lane < kGroup; ++lane) {
      const int64_t row = block * kGroup + lane;
      const float* from = args.k + row * args.qkv_stride + head * size;
      for (int64_t e = 0; e < size; ++e) to[e * kGroup + lane] = row < args.rows ? from[e] : 0;
    }
  }
  for (int64_t row = 0; row < args.rows; ++row) {
    float* to = values + row * value_row;
    std::memcpy(to, args.v + row * args.qkv_stride + head * size,
                static_cast<size_t>(size) * sizeof(float));
    std::fill(to + size, to + value_row, 0.0f);
  }
}

/// Query rows [begin, begin + rows) of one head.
void AttentionRunner::BiasedRows(const BiasedAttentionArgs& args, int64_t head, int64_t begin,
                                 int64_t rows, const float* keys, const float* values,
                                 float* scratch) {
  const int64_t scores_row = RoundUp(args.rows);
  const int64_t sums_row = RoundUp(args.head_size);
  float* scores = scratch;                          // [rows, scores_row]
  float* sums = scratch + kQueryRows * scores_row;  // [rows, sums_row]
  const TileArgs score_tile{.weights = Lines(keys),
                            .line_bytes = kGroup * 4,
                            .group_bytes = args.head_size * kGroup * 4,
                            .x = args.q + begin * args.qkv_stride + head * args.head_size,
                            .x_row = args.qkv_stride,
                            .inputs = args.head_size,
                            .taps = 1,
                            .sums = scores,
                            .sums_row = scores_row};
  RunFp32Tiles(table_, score_tile, rows, scores_row / kGroup);

  float totals[kQueryRows];
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t t = begin + i;
    float* row = scores + i * scores_row;
    table_.scale_and_bias(row, args.scale, args.gate[t * args.heads + head],
                          args.bias + head * (2 * args.rows - 1) + args.rows - 1 - t, args.rows);
    totals[i] = table_.softmax(row, args.rows);
  }
  const TileArgs value_tile{.weights = Lines(values),
                            .line_bytes = sums_row * 4,
                            .group_bytes = kGroup * 4,
                            .x = scores,
                            .x_row = scores_row,
                            .inputs = args.rows,
                            .taps = 1,
                            .sums = sums,
                            .sums_row = sums_row};
  RunFp32Tiles(table_, value_tile, rows, sums_row / kGroup);
  for (int64_t i = 0; i < rows; ++i) {
    float* y = args.y + ((begin + i) * args.heads + head) * args.head_size;
    table_.divide(sums + i * sums_row, totals[i], args.head_size);
    std::memcpy(y, sums + i * sums_row, static_cast<size_t>(args.head_size) * sizeof(float));
  }
}

}  // namespace kani::kernels
