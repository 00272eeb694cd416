// What one sequence carries from step to step: keys and values, convolution inputs, positions.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "kernels/ops.h"
#include "model/lm_config.h"

namespace kani::lm {

/// State of one sequence. Copied with Clone, saved and restored exactly. A row's cache slot is its
/// index in the sequence, the speaker row counted; its RoPE position is derived from how many rows
/// of each kind came before, so audio tokens of one frame share a position.
class DecodingState {
 public:
  /// Room for `capacity` rows; memory is committed as rows are used.
  DecodingState(kernels::Ops& ops, const model::LmConfig& config, int64_t capacity);

  int64_t rows() const { return text_rows_ + audio_rows_; }
  int64_t capacity() const { return capacity_; }
  /// RoPE position of the next row: (text rows) + audio_step * floor(audio rows /
  /// tokens_per_frame).
  float NextPosition() const;
  /// Counts a row of the given kind.
  void Advance(bool audio);

  DecodingState Clone() const;
  void Save(const std::filesystem::path& path) const;
  /// Throws kInvalidFile when the file does not fit `config`.
  static DecodingState Load(kernels::Ops& ops, const model::LmConfig& config, int64_t capacity,
                            const std::filesystem::path& path);

  kernels::KvCache kv(int64_t layer) const;
  /// [L - 1, hidden], oldest first.
  float* convolution(int64_t layer) const;
  /// Logical copies in upstream's axes: keys or values [kv_heads, rows, head_dim].
  std::vector<float> Keys(int64_t layer) const;
  std::vector<float> Values(int64_t layer) const;
  std::vector<float> Convolution(int64_t layer) const;

 private:
  struct Layer {
    kernels::Buffer keys, values;  // attention
    kernels::Buffer convolution;   // convolution
  };
  kernels::Ops* ops_;
  const model::LmConfig* config_;
  int64_t capacity_;
  int64_t text_rows_ = 0;
  int64_t audio_rows_ = 0;
  mutable std::vector<Layer> layers_;
};

}  // namespace kani::lm
