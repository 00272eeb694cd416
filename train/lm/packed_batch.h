// Clips laid one behind the other, without padding: attention, convolution and targets stop at the
// borders, so that a packed batch computes what its clips compute alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "model/lm_config.h"
#include "train/data/clip.h"

namespace kani::train {

/// Marks a row that predicts nothing, in `PackedBatch::targets`.
inline constexpr int64_t kNoTarget = -100;

/// What one forward pass reads; T rows of B clips. Tensors lie where the model computes, but for
/// `borders`.
struct PackedBatch {
  std::vector<int64_t> borders;  ///< [B + 1], first row of each clip, then T
  at::Tensor tokens;             ///< [T] int64; 0 at speaker rows
  at::Tensor positions;          ///< [T] fp32; the tokens of a frame share one
  at::Tensor targets;            ///< [T] int64: the next token, or kNoTarget
  at::Tensor rows_before;        ///< [T] int64: rows of the same clip before this one
  at::Tensor speaker_rows;       ///< [S] int64: rows that hold a speaker embedding
  at::Tensor speakers;           ///< [S, speaker_emb_dim] fp32
  int64_t target_count = 0;      ///< rows with a target
};

/// Throws kInvalidArgument for an empty clip, a token outside the vocabulary or a speaker embedding
/// that does not fit its rows.
PackedBatch Pack(std::span<const Clip> clips, const model::LmConfig& config,
                 at::Device device = at::kCPU);

}  // namespace kani::train
