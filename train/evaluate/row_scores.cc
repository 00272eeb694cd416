#include "train/evaluate/row_scores.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace kani::train {
namespace {

// As in training: 512 rows of the full vocabulary are 160 MB of logits.
constexpr int64_t kChunkRows = 512;

template <typename T>
void Append(const at::Tensor& values, std::vector<T>& out) {
  const at::Tensor flat = values.to(at::kCPU).contiguous();
  out.insert(out.end(), flat.const_data_ptr<T>(), flat.const_data_ptr<T>() + flat.numel());
}

}  // namespace

RowScores ScoreRows(const LanguageModel& model, const PackedBatch& batch, const at::Tensor& hidden,
                    const at::Tensor& rows, int64_t best) {
  RowScores scores;
  for (int64_t begin = 0; begin < rows.size(0); begin += kChunkRows) {
    const at::Tensor chunk = rows.narrow(0, begin, std::min(kChunkRows, rows.size(0) - begin));
    const at::Tensor targets = batch.targets.index_select(0, chunk);
    const at::Tensor logits = model.Logits(hidden.index_select(0, chunk));
    Append(targets, scores.targets);
    Append(logits.logsumexp(1) - logits.gather(1, targets.unsqueeze(1)).squeeze(1), scores.losses);
    if (best > 0) Append(std::get<1>(logits.topk(best, 1)), scores.best);
  }
  return scores;
}

RowScores BlankScores(const PackedBatch& batch, const at::Tensor& rows, int64_t best) {
  RowScores scores;
  Append(batch.targets.index_select(0, rows), scores.targets);
  scores.losses.resize(scores.targets.size());
  scores.best.resize(scores.targets.size() * static_cast<size_t>(best));
  return scores;
}

}  // namespace kani::train
