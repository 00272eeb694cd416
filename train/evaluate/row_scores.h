// How well a model predicts some rows of a batch, without the logits of all of them at once.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "train/lm/language_model.h"

namespace kani::train {

struct RowScores {
  std::vector<int64_t> targets;  ///< [N]
  std::vector<float> losses;     ///< [N] -log p of the target, in nats
  std::vector<int64_t> best;     ///< [N, best] likeliest tokens, likeliest first
};

/// @param hidden [T, D] of the batch
/// @param rows [N] int64, rows of the batch that have a target
/// @param best how many of the likeliest tokens are named
RowScores ScoreRows(const LanguageModel& model, const PackedBatch& batch, const at::Tensor& hidden,
                    const at::Tensor& rows, int64_t best);
/// The same targets, with losses and tokens of zero: for another process to fill in.
RowScores BlankScores(const PackedBatch& batch, const at::Tensor& rows, int64_t best);

}  // namespace kani::train
