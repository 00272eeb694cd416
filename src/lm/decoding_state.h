// What one sequence carries from step to step: keys and values, convolution inputs, positions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "kernels/device.h"
#include "kernels/kv_cache.h"
#include "model/lm_config.h"

namespace kani::lm {

/// Of the pool that states of such a model take their memory from.
kernels::KvShape KvShapeOf(const model::LmConfig& config);

/// State of one sequence. Copied with Clone, saved and restored exactly. A row's cache slot is its
/// index in the sequence, the speaker row counted; its RoPE position is derived from how many rows
/// of each kind came before, so audio tokens of one frame share a position. Belongs to no caller:
/// used by one at a time. `pool` and `config` outlive it.
class DecodingState {
 public:
  /// For at most `capacity` rows; memory is taken from the pool as rows come, 16 at a time, and
  /// given back at the end.
  DecodingState(kernels::KvPool& pool, const model::LmConfig& config, int64_t capacity);

  int64_t rows() const { return text_rows_ + audio_rows_; }
  int64_t capacity() const { return capacity_; }
  /// RoPE position of the next row: (text rows) + audio_step * floor(audio rows /
  /// tokens_per_frame).
  float NextPosition() const;
  /// Takes memory for `count` more rows. Throws kResourceExhausted, beyond the capacity too.
  void Reserve(int64_t count);
  /// Counts a row of the given kind.
  void Advance(bool audio);

  /// Holds the rows of `other`, of the same model, instead of its own. Throws kResourceExhausted
  /// when they are more than its capacity.
  void CopyFrom(const DecodingState& other);
  DecodingState Clone() const;
  /// Memory of its rows and of the convolutions.
  size_t bytes() const;
  void Save(const std::filesystem::path& path) const;
  /// Throws kInvalidFile when the file does not fit `config` or holds numbers that are not finite.
  static DecodingState Load(kernels::Ops& ops, kernels::KvPool& pool, const model::LmConfig& config,
                            int64_t capacity, const std::filesystem::path& path);

  kernels::KvCache& cache() { return cache_; }
  /// Which of the cache's layers is the model's layer `layer`.
  int64_t CacheLayer(int64_t layer) const;
  /// [L - 1, hidden], oldest first.
  float* convolution(int64_t layer) { return convolutions_[static_cast<size_t>(layer)].data(); }
  /// Logical copies in upstream's axes: keys or values [kv_heads, rows, head_dim].
  std::vector<float> Keys(int64_t layer) const;
  std::vector<float> Values(int64_t layer) const;
  std::vector<float> Convolution(int64_t layer) const;

 private:
  void ReadCache(int64_t layer, std::vector<float>& keys, std::vector<float>& values) const;
  bool IsAttention(int64_t layer) const;

  const model::LmConfig* config_;
  int64_t capacity_;
  int64_t text_rows_ = 0;
  int64_t audio_rows_ = 0;
  kernels::KvCache cache_;
  std::vector<kernels::Buffer> convolutions_;  // of every layer, empty for attention
};

}  // namespace kani::lm
