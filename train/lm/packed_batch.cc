#include "train/lm/packed_batch.h"

#include <ATen/ops/tensor.h>

#include <algorithm>

#include "base/error.h"

namespace kani::train {

namespace {

void Check(const Clip& clip, size_t index, const model::LmConfig& config) {
  const auto bad = [&](const auto&... parts) {
    Fail(ErrorCode::kInvalidArgument, "training clip ", index, ": ", parts...);
  };
  if (clip.rows.empty()) bad("no rows");
  for (const std::vector<int32_t>* rows : {&clip.rows, &clip.inputs}) {
    for (const int32_t row : *rows) {
      if (row != model::kSpeakerRow && (row < 0 || row >= config.vocab_size)) {
        bad("expected tokens of [0, ", config.vocab_size, "), found ", row);
      }
    }
  }
  if (!clip.inputs.empty() && clip.inputs.size() != clip.rows.size()) {
    bad("expected ", clip.rows.size(), " inputs, found ", clip.inputs.size());
  }
  const auto speaker_rows = std::ranges::count(clip.rows, model::kSpeakerRow);
  const size_t expected = speaker_rows == 0 ? 0 : static_cast<size_t>(config.speaker_emb_dim);
  if (speaker_rows > 1) bad("expected at most one speaker row, found ", speaker_rows);
  if (clip.speaker.size() != expected) {
    bad("expected a speaker embedding of ", expected, " numbers, found ", clip.speaker.size());
  }
}

/// Positions of a clip's rows: text rows count one each, the rows of a frame share one and
/// audio_step is between frames. In float like upstream: one float32 product and sum.
void AppendPositions(const Clip& clip, const model::LmConfig& config,
                     std::vector<float>& positions) {
  int64_t text_rows = 0, audio_rows = 0;
  const auto step = static_cast<float>(config.audio_step);
  for (const int32_t row : clip.rows) {
    const int64_t frame = audio_rows / config.tokens.codebooks;
    positions.push_back(static_cast<float>(text_rows) + static_cast<float>(frame) * step);
    (config.tokens.IsAudio(row) ? audio_rows : text_rows) += 1;
  }
}

}  // namespace

PackedBatch Pack(std::span<const Clip> clips, const model::LmConfig& config, at::Device device) {
  PackedBatch batch;
  std::vector<int64_t> tokens, targets, rows_before, speaker_rows;
  std::vector<float> positions, speakers;
  batch.borders.push_back(0);
  for (size_t i = 0; i < clips.size(); ++i) {
    const Clip& clip = clips[i];
    Check(clip, i, config);
    AppendPositions(clip, config, positions);
    for (size_t row = 0; row < clip.rows.size(); ++row) {
      if (clip.rows[row] == model::kSpeakerRow) {
        speaker_rows.push_back(std::ssize(tokens));
        speakers.insert(speakers.end(), clip.speaker.begin(), clip.speaker.end());
      }
      tokens.push_back(std::max(clip.inputs.empty() ? clip.rows[row] : clip.inputs[row], 0));
      rows_before.push_back(static_cast<int64_t>(row));
      const bool predicts = row + 1 < clip.rows.size() && row + 1 >= clip.first_target;
      const int32_t next = predicts ? clip.rows[row + 1] : model::kSpeakerRow;
      targets.push_back(next == model::kSpeakerRow ? kNoTarget : next);
      if (targets.back() != kNoTarget) ++batch.target_count;
    }
    batch.borders.push_back(std::ssize(tokens));
  }
  const auto to_device = [&](const auto& values, at::ScalarType type) {
    return at::tensor(values, type).to(device);
  };
  batch.tokens = to_device(tokens, at::kLong);
  batch.targets = to_device(targets, at::kLong);
  batch.rows_before = to_device(rows_before, at::kLong);
  batch.positions = to_device(positions, at::kFloat);
  batch.speaker_rows = to_device(speaker_rows, at::kLong);
  batch.speakers = to_device(speakers, at::kFloat).view({-1, config.speaker_emb_dim});
  return batch;
}

}  // namespace kani::train
