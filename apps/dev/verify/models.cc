#include "apps/dev/verify/models.h"

namespace kani::dev {

GreedyDecoder::GreedyDecoder(kernels::Ops& ops, const lm::LanguageModel& model,
                             std::span<const int32_t> prompt, std::span<const float> voice,
                             int64_t max_rows)
    : ops_(ops),
      model_(model),
      voice_(voice.begin(), voice.end()),
      pool_(model.device(), lm::KvShapeOf(model.config())),
      state_(pool_, model.config(), max_rows) {
  std::vector<int32_t> rows(prompt.begin(), prompt.end());
  if (!voice_.empty()) rows.insert(rows.begin() + 1, model::kSpeakerRow);
  Run(rows);
}

void GreedyDecoder::Feed(int32_t token) { Run(std::span(&token, 1)); }

void GreedyDecoder::Run(std::span<const int32_t> rows) {
  const lm::RowSegment segment{&state_, rows, voice_};
  model_.Forward(ops_, std::span(&segment, 1), workspace_);
  logits_ = model_.FullLogits(ops_, 1, workspace_);
}

std::vector<int32_t> Transposed(std::span<const int32_t> values, int64_t rows, int64_t columns) {
  std::vector<int32_t> out(values.size());
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < columns; ++c) {
      out[static_cast<size_t>(c * rows + r)] = values[static_cast<size_t>(r * columns + c)];
    }
  }
  return out;
}

}  // namespace kani::dev
