// LFM2 backbone with the KaniTTS2 deltas: frame positions, learnable RoPE scale, speaker row.
// Upstream: transformers models/lfm2, kani-tts-2.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/trace.h"
#include "formats/safetensors.h"
#include "kernels/ops.h"
#include "lm/decoding_state.h"
#include "lm/weights.h"
#include "model/lm_config.h"

namespace kani::lm {

/// Scratch memory of one caller, beside its Ops; reused between calls, grows to the largest batch
/// seen.
struct Workspace {
  kernels::Buffer hidden;     // [T, D] residual stream
  kernels::Buffer normed;     // [T, D]
  kernels::Buffer projected;  // [T, max(3D, q + k + v, 2 * feed_forward)]
  kernels::Buffer mixed;      // [T, max(D, heads * head_dim, feed_forward)]
  kernels::Buffer last;       // [B, D] final-normed rows that logits are taken from
  kernels::Buffer gathered;   // [B, D] rows of one slot
  kernels::Buffer logits;     // [B, widest head]
  kernels::Buffer positions;  // [T]
  std::vector<float> host;    // rows on their way to the device
  std::vector<float> host_positions;
  std::vector<kernels::KvSegment> kv_segments;  // of the batch
  std::vector<kernels::ConvolutionSegment> convolution_segments;
};

/// Rows one sequence adds in one call.
struct RowSegment {
  DecodingState* state = nullptr;
  std::span<const int32_t> rows;             ///< token ids, or model::kSpeakerRow
  std::span<const float> speaker_embedding;  ///< [speaker_emb_dim], needed for a speaker row
};

/// Vocabulary range that a slot's logits cover.
struct SlotRange {
  int32_t first_token = 0;
  int32_t count = 0;
};

/// Weights, immutable: any number of callers use them at once, each with its own Ops of the same
/// device, workspace and states. The device outlives it.
class LanguageModel {
 public:
  /// Checks that every tensor is there with its shape, that none is unknown and that all numbers
  /// are finite. Throws kInvalidFile.
  /// @param format of every matrix; none: for each the one that loses no bit of the checkpoint
  /// (WeightReader::Stack).
  LanguageModel(kernels::Device& device, model::LmConfig config,
                std::unique_ptr<formats::TensorStore> store,
                std::optional<kernels::WeightFormat> format = {});

  /// Opens a folder with config.json and weights.
  static std::unique_ptr<LanguageModel> Load(kernels::Device& device,
                                             const std::filesystem::path& folder,
                                             std::optional<kernels::WeightFormat> format = {});

  const model::LmConfig& config() const { return config_; }
  kernels::Device& device() const { return device_; }
  /// Of the matrices that choose the audio tokens, and as a rule of all others.
  kernels::WeightFormat format() const { return slot_heads_[0]->format(); }
  /// Bytes of packed weights, and those one decoded token reads (one slot's head included).
  size_t weight_bytes() const;
  size_t bytes_per_token() const;

  /// Throws what Forward throws for rows that it cannot read: kInvalidArgument for a token outside
  /// the vocabulary or a wrong speaker embedding, kUnsupported where the model takes no voice.
  void CheckRows(std::span<const int32_t> rows, std::span<const float> speaker_embedding) const;

  /// Runs the rows of all segments through the backbone, one pass over the weights. Leaves the
  /// final-normed last row of each segment in `workspace.last` (all rows of all segments if
  /// `all_rows`). Each sequence's result does not depend on its neighbours or on how its rows were
  /// split into calls. Throws kInvalidArgument for a token outside the vocabulary or a wrong
  /// speaker embedding, a segment without rows or a state that two segments share,
  /// kResourceExhausted when a state is full; states are then unchanged.
  void Forward(kernels::Ops& ops, std::span<const RowSegment> batch, Workspace& workspace,
               bool all_rows = false, const Trace& trace = {}) const;

  /// Tokens that slot `slot` (= audio row index mod tokens_per_frame) may choose from: its
  /// codebook; for slot 0 the range starts at end_of_speech, and the control tokens between are not
  /// legal.
  SlotRange RangeOfSlot(int64_t slot) const;
  /// Logits over RangeOfSlot(slots[i]) for row i of `workspace.last`; none where slots[i] is -1.
  void SlotLogits(kernels::Ops& ops, std::span<const int64_t> slots, Workspace& workspace,
                  std::vector<std::vector<float>>& logits) const;
  /// Logits over the whole vocabulary for `rows` rows of `workspace.last` [rows, vocab_size]. For
  /// parity; packs the rest of the head on first use.
  std::vector<float> FullLogits(kernels::Ops& ops, int64_t rows, Workspace& workspace) const;

 private:
  struct Pass;
  std::unique_ptr<const kernels::Weights> PackHead(SlotRange rows) const;
  Pass ReadRows(kernels::Ops& ops, std::span<const RowSegment> batch, Workspace& workspace) const;
  void ProjectSpeaker(std::span<const float> embedding, std::span<float> row) const;
  void RunLayer(const LayerWeights& layer, int64_t index, const Pass& pass) const;
  void RunAttention(const LayerWeights& layer, int64_t index, const Pass& pass) const;
  void RunConvolution(const LayerWeights& layer, int64_t index, const Pass& pass) const;

  kernels::Device& device_;
  model::LmConfig config_;
  std::optional<kernels::WeightFormat> format_;  // as asked for
  ModelWeights weights_;
  std::vector<std::unique_ptr<const kernels::Weights>> slot_heads_;  // one per codebook
  mutable std::once_flag full_head_once_;
  mutable std::unique_ptr<const kernels::Weights> full_head_;  // [V, D], parity only
};

}  // namespace kani::lm
