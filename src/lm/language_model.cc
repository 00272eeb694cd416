#include "lm/language_model.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"
#include "weights/weight_reader.h"

namespace kani::lm {

using kernels::Buffer;

LanguageModel::LanguageModel(kernels::Device& device, model::LmConfig config,
                             std::unique_ptr<formats::TensorStore> store,
                             std::optional<kernels::WeightFormat> format)
    : device_(device),
      config_(std::move(config)),
      format_(format),
      weights_(LoadWeights(device, config_, std::move(store), format)) {
  for (int64_t slot = 0; slot < config_.tokens.codebooks; ++slot) {
    slot_heads_.push_back(PackHead(RangeOfSlot(slot)));
  }
}

std::unique_ptr<LanguageModel> LanguageModel::Load(kernels::Device& device,
                                                   const std::filesystem::path& folder,
                                                   std::optional<kernels::WeightFormat> format) {
  model::LmConfig config = model::LoadLmConfig(folder / "config.json");
  auto store = formats::OpenSafetensors(folder);
  return std::make_unique<LanguageModel>(device, std::move(config), std::move(store), format);
}

std::unique_ptr<const kernels::Weights> LanguageModel::PackHead(SlotRange rows) const {
  weights::WeightReader reader(device_, *weights_.store);
  return reader.Rows(weights_.head, rows.first_token, rows.count, format_);
}

size_t LanguageModel::weight_bytes() const {
  size_t bytes = weights_.layer_bytes;
  for (const auto& head : slot_heads_) bytes += head->bytes();
  return bytes;
}

size_t LanguageModel::bytes_per_token() const {
  const size_t backbone = weights_.layer_bytes;
  return backbone + (weight_bytes() - backbone) / slot_heads_.size();
}

SlotRange LanguageModel::RangeOfSlot(int64_t slot) const {
  const auto codebook = static_cast<int32_t>(slot);
  const int32_t end = config_.tokens.CodebookStart(codebook) + config_.tokens.codebook_size;
  const int32_t begin =
      codebook == 0 ? config_.tokens.end_of_speech() : config_.tokens.CodebookStart(codebook);
  return {begin, end - begin};
}

namespace {

/// Throws before anything is changed when a segment cannot be run; then there is memory for all.
void CheckSegments(const LanguageModel& model, std::span<const RowSegment> batch) {
  std::set<const DecodingState*> states;
  for (const RowSegment& segment : batch) {
    if (segment.rows.empty()) Fail(ErrorCode::kInvalidArgument, "a segment without rows");
    if (!states.insert(segment.state).second) {
      Fail(ErrorCode::kInvalidArgument, "two segments of a batch with the same state");
    }
    model.CheckRows(segment.rows, segment.speaker_embedding);
  }
  for (const RowSegment& segment : batch) segment.state->Reserve(std::ssize(segment.rows));
}

}  // namespace

void LanguageModel::CheckRows(std::span<const int32_t> rows,
                              std::span<const float> speaker_embedding) const {
  for (const int32_t row : rows) {
    if (row == model::kSpeakerRow) {
      if (weights_.speaker_projection.empty()) {
        Fail(ErrorCode::kUnsupported,
             "this checkpoint has no model.speaker_emb_projection.weight: it takes no voice");
      }
      if (std::ssize(speaker_embedding) != config_.speaker_emb_dim) {
        Fail(ErrorCode::kInvalidArgument, "voice of ", speaker_embedding.size(),
             " values, expected ", config_.speaker_emb_dim);
      }
    } else if (row < 0 || row >= config_.vocab_size) {
      Fail(ErrorCode::kInvalidArgument, "token ", row, ", expected 0 to ", config_.vocab_size - 1);
    }
  }
}

/// Rows of one call, and where they lie in the workspace.
struct LanguageModel::Pass {
  kernels::Ops& ops;
  std::span<const RowSegment> batch;
  std::span<const kernels::KvSegment> kv_segments;
  std::vector<kernels::ConvolutionSegment>& convolution_segments;  // filled for each layer
  int64_t rows = 0;                                                // T, all segments
  const float* positions = nullptr;                                // [T]
  float* x = nullptr;                                              // [T, D] residual stream
  float* normed = nullptr;                                         // [T, D]
  float* projected = nullptr;                                      // [T, widest projection]
  float* mixed = nullptr;                                          // [T, widest mixer output]
};

/// W_spk * e, summed in double: the same on every machine.
void LanguageModel::ProjectSpeaker(std::span<const float> embedding, std::span<float> row) const {
  const float* weights = weights_.speaker_projection.data();  // [D, speaker_emb_dim]
  for (float& value : row) {
    double sum = 0;
    for (float component : embedding) sum += static_cast<double>(*weights++) * component;
    value = static_cast<float>(sum);
  }
}

/// Lays the input rows of all segments side by side and counts them in their states.
LanguageModel::Pass LanguageModel::ReadRows(kernels::Ops& ops, std::span<const RowSegment> batch,
                                            Workspace& workspace) const {
  const int64_t hidden = config_.hidden_size;
  workspace.host.clear();
  workspace.host_positions.clear();
  workspace.kv_segments.clear();
  for (const RowSegment& segment : batch) {
    workspace.kv_segments.push_back(
        {&segment.state->cache(), segment.state->rows(), std::ssize(segment.rows)});
    for (int32_t row : segment.rows) {
      const size_t at = workspace.host.size();
      workspace.host.resize(at + static_cast<size_t>(hidden));
      const std::span<float> out = std::span(workspace.host).subspan(at);
      if (row == model::kSpeakerRow) {
        ProjectSpeaker(segment.speaker_embedding, out);
      } else {
        weights_.embedding->ReadFloats(row * hidden, out);
      }
      workspace.host_positions.push_back(segment.state->NextPosition());
      segment.state->Advance(config_.tokens.IsAudio(row));
    }
  }
  // The system maps 16 pages for each that a row is read from, which would add up to the whole
  // table.
  weights_.store->Release(*weights_.embedding);
  Pass pass{.ops = ops,
            .batch = batch,
            .kv_segments = workspace.kv_segments,
            .convolution_segments = workspace.convolution_segments,
            .rows = std::ssize(workspace.host_positions)};
  const int64_t q_size = config_.num_attention_heads * config_.head_dim;
  const int64_t qkv_size = q_size + 2 * config_.num_key_value_heads * config_.head_dim;
  const int64_t ffn_size = weights_.feed_forward_size;
  const auto reserve = [&](Buffer& buffer, int64_t width) {
    return buffer.Reserve(device_, static_cast<size_t>(pass.rows * width));
  };
  pass.x = reserve(workspace.hidden, hidden);
  pass.normed = reserve(workspace.normed, hidden);
  pass.projected = reserve(workspace.projected, std::max({3 * hidden, qkv_size, 2 * ffn_size}));
  pass.mixed = reserve(workspace.mixed, std::max({hidden, q_size, ffn_size}));
  float* positions = reserve(workspace.positions, 1);
  ops.Upload(workspace.host, pass.x);
  ops.Upload(workspace.host_positions, positions);
  pass.positions = positions;
  return pass;
}

/// mixed [T, H * E] = attention of every segment over its own cache.
void LanguageModel::RunAttention(const LayerWeights& layer, int64_t index, const Pass& pass) const {
  const int64_t head_size = config_.head_dim;
  const int64_t heads = config_.num_attention_heads, kv_heads = config_.num_key_value_heads;
  const int64_t q_size = heads * head_size, kv_size = kv_heads * head_size;
  const int64_t qkv_size = q_size + 2 * kv_size;
  const int64_t cache_layer = pass.batch[0].state->CacheLayer(index);
  pass.ops.MatMul(*layer.qkv, nullptr, pass.normed, pass.projected, pass.rows);
  // Query and key heads lie side by side: one call norms, one call rotates both.
  pass.ops.HeadNorm({.x = pass.projected,
                     .x_stride = qkv_size,
                     .weight = layer.head_norm.data(),
                     .eps = config_.norm_eps,
                     .rows = pass.rows,
                     .heads = heads + kv_heads,
                     .head_size = head_size});
  pass.ops.Rope({.x = pass.projected,
                 .x_stride = qkv_size,
                 .positions = pass.positions,
                 .inv_freq = layer.inv_freq.data(),
                 .rows = pass.rows,
                 .heads = heads + kv_heads,
                 .head_size = head_size});
  pass.ops.StoreKv({.segments = pass.kv_segments,
                    .layer = cache_layer,
                    .k = pass.projected + q_size,
                    .k_stride = qkv_size,
                    .v = pass.projected + q_size + kv_size,
                    .v_stride = qkv_size});
  pass.ops.Attention({.segments = pass.kv_segments,
                      .layer = cache_layer,
                      .q = pass.projected,
                      .q_stride = qkv_size,
                      .y = pass.mixed,
                      .y_stride = q_size,
                      .heads = heads,
                      .scale = 1.0f / std::sqrt(static_cast<float>(head_size))});
}

/// mixed [T, D] = gated short convolution of every segment, its state moved on.
void LanguageModel::RunConvolution(const LayerWeights& layer, int64_t index,
                                   const Pass& pass) const {
  pass.ops.MatMul(*layer.in_proj, layer.in_bias.data(), pass.normed, pass.projected, pass.rows);
  pass.convolution_segments.clear();
  for (const RowSegment& segment : pass.batch) {
    pass.convolution_segments.push_back(
        {segment.state->convolution(index), std::ssize(segment.rows)});
  }
  pass.ops.ShortConvolution({.segments = pass.convolution_segments,
                             .bcx = pass.projected,
                             .taps = layer.taps.data(),
                             .bias = layer.tap_bias.data(),
                             .y = pass.mixed,
                             .channels = config_.hidden_size,
                             .tap_count = config_.conv_L_cache});
}

/// x += mixer(norm(x)); x += feed_forward(norm(x)).
void LanguageModel::RunLayer(const LayerWeights& layer, int64_t index, const Pass& pass) const {
  const int64_t hidden = config_.hidden_size;
  const auto norm = [&](const Buffer& weight) {
    pass.ops.RmsNorm(pass.x, weight.data(), config_.norm_eps, pass.normed, pass.rows, hidden);
  };
  norm(layer.operator_norm);
  if (layer.qkv) {
    RunAttention(layer, index, pass);
  } else {
    RunConvolution(layer, index, pass);
  }
  pass.ops.MatMul(*layer.out_proj, layer.out_bias.data(), pass.mixed, pass.x, pass.rows,
                  /*accumulate=*/true);
  norm(layer.ffn_norm);
  pass.ops.MatMul(*layer.gate_up, nullptr, pass.normed, pass.projected, pass.rows);
  pass.ops.SiluMultiply(pass.projected, pass.mixed, pass.rows, weights_.feed_forward_size);
  pass.ops.MatMul(*layer.down, nullptr, pass.mixed, pass.x, pass.rows, /*accumulate=*/true);
}

void LanguageModel::Forward(kernels::Ops& ops, std::span<const RowSegment> batch,
                            Workspace& workspace, bool all_rows, const Trace& trace) const {
  CheckSegments(*this, batch);
  if (batch.empty()) return;
  KANI_DCHECK(&ops.device() == &device_);
  const Pass pass = ReadRows(ops, batch, workspace);
  const int64_t hidden = config_.hidden_size;
  const auto show = [&](std::string_view name, const float* values) {
    if (!trace) return;
    std::vector<float> host(static_cast<size_t>(pass.rows * hidden));
    ops.Download(values, host);
    trace(name, host.data(), pass.rows, hidden);
  };
  if (trace) trace("positions", workspace.host_positions.data(), pass.rows, 1);
  show("input_rows", pass.x);
  for (int64_t i = 0; i < config_.num_hidden_layers(); ++i) {
    RunLayer(weights_.layers[static_cast<size_t>(i)], i, pass);
    show(StrCat("hidden_after_layer_", i), pass.x);
  }
  const auto final_norm = [&](const float* x, float* y, int64_t rows) {
    ops.RmsNorm(x, weights_.final_norm.data(), config_.norm_eps, y, rows, hidden);
  };
  const int64_t outputs = all_rows ? pass.rows : std::ssize(batch);
  float* last = workspace.last.Reserve(device_, static_cast<size_t>(outputs * hidden));
  if (all_rows) {
    final_norm(pass.x, last, pass.rows);
    show("hidden_final", last);
    return;
  }
  std::vector<int64_t> last_rows;
  int64_t end = 0;
  for (const RowSegment& segment : batch)
    last_rows.push_back((end += std::ssize(segment.rows)) - 1);
  ops.GatherRows(pass.x, last_rows, last, hidden);
  final_norm(last, last, outputs);
}

void LanguageModel::SlotLogits(kernels::Ops& ops, std::span<const int64_t> slots,
                               Workspace& workspace,
                               std::vector<std::vector<float>>& logits) const {
  const int64_t hidden = config_.hidden_size;
  logits.resize(slots.size());
  float* gathered = workspace.gathered.Reserve(device_, slots.size() * static_cast<size_t>(hidden));
  for (int64_t slot = 0; slot < config_.tokens.codebooks; ++slot) {
    std::vector<int64_t> members;
    for (size_t i = 0; i < slots.size(); ++i) {
      if (slots[i] == slot) members.push_back(static_cast<int64_t>(i));
    }
    if (members.empty()) continue;
    ops.GatherRows(workspace.last.data(), members, gathered, hidden);
    const auto width = static_cast<size_t>(RangeOfSlot(slot).count);
    float* out = workspace.logits.Reserve(device_, members.size() * width);
    ops.MatMul(*slot_heads_[static_cast<size_t>(slot)], nullptr, gathered, out,
               std::ssize(members));
    for (size_t m = 0; m < members.size(); ++m) {
      std::vector<float>& row = logits[static_cast<size_t>(members[m])];
      row.resize(width);
      ops.Download(out + m * width, row);
    }
  }
}

std::vector<float> LanguageModel::FullLogits(kernels::Ops& ops, int64_t rows,
                                             Workspace& workspace) const {
  std::call_once(full_head_once_, [&] {
    full_head_ = PackHead({0, static_cast<int32_t>(config_.vocab_size)});
  });
  std::vector<float> logits(static_cast<size_t>(rows * config_.vocab_size));
  float* out = workspace.logits.Reserve(device_, logits.size());
  ops.MatMul(*full_head_, nullptr, workspace.last.data(), out, rows);
  ops.Download(out, logits);
  return logits;
}

}  // namespace kani::lm
