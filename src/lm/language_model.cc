#include "lm/language_model.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "base/error.h"

namespace kani::lm {

using kernels::Buffer;

LanguageModel::LanguageModel(kernels::Ops& ops, model::LmConfig config,
                             std::unique_ptr<formats::TensorStore> store,
                             std::optional<kernels::WeightFormat> format)
    : ops_(ops),
      config_(std::move(config)),
      format_(format),
      weights_(LoadWeights(ops, config_, std::move(store), format)) {
  for (int64_t slot = 0; slot < config_.tokens.codebooks; ++slot) {
    const SlotRange range = RangeOfSlot(slot);
    slot_heads_.push_back(PackHead(ops, weights_, range.first_token, range.count, format));
  }
}

std::unique_ptr<LanguageModel> LanguageModel::Load(kernels::Ops& ops,
                                                   const std::filesystem::path& folder,
                                                   std::optional<kernels::WeightFormat> format) {
  model::LmConfig config = model::LoadLmConfig(folder / "config.json");
  auto store = formats::OpenSafetensors(folder);
  return std::make_unique<LanguageModel>(ops, std::move(config), std::move(store), format);
}

size_t LanguageModel::weight_bytes() const {
  size_t bytes = weights_.bytes();
  for (const auto& head : slot_heads_) bytes += head->bytes();
  return bytes;
}

size_t LanguageModel::bytes_per_token() const {
  const size_t backbone = weights_.bytes();
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

/// Throws before anything is changed when a segment cannot be run.
void CheckSegments(const model::LmConfig& config, bool has_projection,
                   std::span<const Segment> batch) {
  std::set<const DecodingState*> states;
  for (const Segment& segment : batch) {
    const auto count = static_cast<int64_t>(segment.rows.size());
    if (count == 0) Fail(ErrorCode::kInvalidArgument, "a segment without rows");
    if (!states.insert(segment.state).second) {
      Fail(ErrorCode::kInvalidArgument, "two segments of a batch with the same state");
    }
    if (segment.state->rows() + count > segment.state->capacity()) {
      Fail(ErrorCode::kResourceExhausted, "sequence of ", segment.state->rows() + count,
           " rows, room for ", segment.state->capacity());
    }
    for (int32_t row : segment.rows) {
      if (row == model::kSpeakerRow) {
        if (!has_projection) {
          Fail(ErrorCode::kUnsupported,
               "this checkpoint has no model.speaker_emb_projection.weight: it takes no voice");
        }
        if (static_cast<int64_t>(segment.speaker_embedding.size()) != config.speaker_emb_dim) {
          Fail(ErrorCode::kInvalidArgument, "voice of ", segment.speaker_embedding.size(),
               " values, expected ", config.speaker_emb_dim);
        }
      } else if (row < 0 || row >= config.vocab_size) {
        Fail(ErrorCode::kInvalidArgument, "token ", row, ", expected 0 to ", config.vocab_size - 1);
      }
    }
  }
}

}  // namespace

/// Rows of one call, and where they lie in the workspace.
struct LanguageModel::Pass {
  std::span<const Segment> batch;
  std::vector<int64_t> first_rows;   // of each segment: its rows before this call
  int64_t rows = 0;                  // T, all segments
  std::span<const float> positions;  // [T]
  float* x = nullptr;                // [T, D] residual stream
  float* normed = nullptr;           // [T, D]
  float* projected = nullptr;        // [T, widest projection]
  float* mixed = nullptr;            // [T, widest mixer output]
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
LanguageModel::Pass LanguageModel::ReadRows(std::span<const Segment> batch,
                                            Workspace& workspace) const {
  const int64_t hidden = config_.hidden_size;
  Pass pass{.batch = batch};
  workspace.host.clear();
  workspace.positions.clear();
  for (const Segment& segment : batch) {
    pass.first_rows.push_back(segment.state->rows());
    for (int32_t row : segment.rows) {
      const size_t at = workspace.host.size();
      workspace.host.resize(at + static_cast<size_t>(hidden));
      const std::span<float> out = std::span(workspace.host).subspan(at);
      if (row == model::kSpeakerRow) {
        ProjectSpeaker(segment.speaker_embedding, out);
      } else {
        weights_.embedding->ReadFloats(row * hidden, out);
      }
      workspace.positions.push_back(segment.state->NextPosition());
      segment.state->Advance(config_.tokens.IsAudio(row));
    }
  }
  pass.positions = workspace.positions;
  pass.rows = std::ssize(workspace.positions);
  const int64_t q_size = config_.num_attention_heads * config_.head_dim;
  const int64_t qkv_size = q_size + 2 * config_.num_key_value_heads * config_.head_dim;
  const int64_t ffn_size = weights_.feed_forward_size;
  const auto reserve = [&](Buffer& buffer, int64_t width) {
    return buffer.Reserve(ops_, static_cast<size_t>(pass.rows * width));
  };
  pass.x = reserve(workspace.hidden, hidden);
  pass.normed = reserve(workspace.normed, hidden);
  pass.projected = reserve(workspace.projected, std::max({3 * hidden, qkv_size, 2 * ffn_size}));
  pass.mixed = reserve(workspace.mixed, std::max({hidden, q_size, ffn_size}));
  ops_.Upload(workspace.host, pass.x);
  return pass;
}

/// mixed [T, H * E] = attention of every segment over its own cache.
void LanguageModel::RunAttention(const LayerWeights& layer, int64_t index, const Pass& pass) const {
  const int64_t head_size = config_.head_dim;
  const int64_t heads = config_.num_attention_heads, kv_heads = config_.num_key_value_heads;
  const int64_t q_size = heads * head_size, kv_size = kv_heads * head_size;
  const int64_t qkv_size = q_size + 2 * kv_size;
  ops_.MatMul(*layer.qkv, nullptr, pass.normed, pass.projected, pass.rows);
  for (int64_t t = 0; t < pass.rows; ++t) {  // every head on its own, before the rotation
    float* q = pass.projected + t * qkv_size;
    float* k = q + q_size;
    ops_.RmsNorm(q, head_size, layer.q_norm.data(), config_.norm_eps, q, head_size, heads,
                 head_size);
    ops_.RmsNorm(k, head_size, layer.k_norm.data(), config_.norm_eps, k, head_size, kv_heads,
                 head_size);
  }
  // Query and key heads lie side by side: one call rotates both.
  ops_.Rope(pass.projected, qkv_size, pass.positions, heads + kv_heads, head_size, layer.inv_freq);
  int64_t begin = 0;
  for (size_t s = 0; s < pass.batch.size(); ++s) {
    const int64_t count = std::ssize(pass.batch[s].rows);
    const kernels::KvCache cache = pass.batch[s].state->kv(index);
    const float* q = pass.projected + begin * qkv_size;
    ops_.StoreKv(cache, pass.first_rows[s], q + q_size, qkv_size, q + q_size + kv_size, qkv_size,
                 count, kv_heads, head_size);
    ops_.Attention(cache, pass.first_rows[s], q, qkv_size, pass.mixed + begin * q_size, q_size,
                   count, heads, kv_heads, head_size,
                   1.0f / std::sqrt(static_cast<float>(head_size)));
    begin += count;
  }
}

/// mixed [T, D] = gated short convolution of every segment, its state moved on.
void LanguageModel::RunConvolution(const LayerWeights& layer, int64_t index,
                                   const Pass& pass) const {
  const int64_t hidden = config_.hidden_size;
  ops_.MatMul(*layer.in_proj, layer.in_bias.data(), pass.normed, pass.projected, pass.rows);
  int64_t begin = 0;
  for (const Segment& segment : pass.batch) {
    const int64_t count = std::ssize(segment.rows);
    ops_.ShortConvolution(pass.projected + begin * 3 * hidden, layer.taps.data(),
                          layer.tap_bias.data(), segment.state->convolution(index),
                          pass.mixed + begin * hidden, count, hidden, config_.conv_L_cache);
    begin += count;
  }
}

/// x += mixer(norm(x)); x += feed_forward(norm(x)).
void LanguageModel::RunLayer(const LayerWeights& layer, int64_t index, const Pass& pass) const {
  const int64_t hidden = config_.hidden_size;
  const auto norm = [&](const Buffer& weight) {
    ops_.RmsNorm(pass.x, hidden, weight.data(), config_.norm_eps, pass.normed, hidden, pass.rows,
                 hidden);
  };
  norm(layer.operator_norm);
  if (layer.qkv) {
    RunAttention(layer, index, pass);
  } else {
    RunConvolution(layer, index, pass);
  }
  ops_.MatMul(*layer.out_proj, layer.out_bias.data(), pass.mixed, pass.x, pass.rows,
              /*accumulate=*/true);
  norm(layer.ffn_norm);
  ops_.MatMul(*layer.gate_up, nullptr, pass.normed, pass.projected, pass.rows);
  ops_.SiluMultiply(pass.projected, pass.mixed, pass.rows, weights_.feed_forward_size);
  ops_.MatMul(*layer.down, nullptr, pass.mixed, pass.x, pass.rows, /*accumulate=*/true);
}

void LanguageModel::Forward(std::span<const Segment> batch, Workspace& workspace, bool all_rows,
                            const Trace& trace) const {
  CheckSegments(config_, !weights_.speaker_projection.empty(), batch);
  const Pass pass = ReadRows(batch, workspace);
  const int64_t hidden = config_.hidden_size;
  const auto show = [&](std::string_view name, const float* values) {
    if (!trace) return;
    std::vector<float> host(static_cast<size_t>(pass.rows * hidden));
    ops_.Download(values, host);
    trace(name, host.data(), pass.rows, hidden);
  };
  if (trace) trace("positions", pass.positions.data(), pass.rows, 1);
  show("input_rows", pass.x);
  for (int64_t i = 0; i < config_.num_hidden_layers(); ++i) {
    RunLayer(weights_.layers[static_cast<size_t>(i)], i, pass);
    show(StrCat("hidden_after_layer_", i), pass.x);
  }
  const auto final_norm = [&](int64_t row, int64_t count, float* last) {
    ops_.RmsNorm(pass.x + row * hidden, hidden, weights_.final_norm.data(), config_.norm_eps, last,
                 hidden, count, hidden);
  };
  const int64_t outputs = all_rows ? pass.rows : std::ssize(batch);
  float* last = workspace.last.Reserve(ops_, static_cast<size_t>(outputs * hidden));
  if (all_rows) {
    final_norm(0, pass.rows, last);
    show("hidden_final", last);
    return;
  }
  int64_t end = 0;
  for (const Segment& segment : batch) {
    end += std::ssize(segment.rows);
    final_norm(end - 1, 1, last);
    last += hidden;
  }
}

void LanguageModel::SlotLogits(std::span<const int64_t> slots, Workspace& workspace,
                               std::vector<std::vector<float>>& logits) const {
  const int64_t hidden = config_.hidden_size;
  logits.resize(slots.size());
  float* gathered = workspace.gathered.Reserve(ops_, slots.size() * static_cast<size_t>(hidden));
  for (int64_t slot = 0; slot < config_.tokens.codebooks; ++slot) {
    std::vector<size_t> members;
    for (size_t i = 0; i < slots.size(); ++i) {
      if (slots[i] != slot) continue;
      ops_.Copy(workspace.last.data() + static_cast<int64_t>(i) * hidden,
                gathered + static_cast<int64_t>(members.size()) * hidden,
                static_cast<size_t>(hidden));
      members.push_back(i);
    }
    if (members.empty()) continue;
    const auto width = static_cast<size_t>(RangeOfSlot(slot).count);
    float* out = workspace.logits.Reserve(ops_, members.size() * width);
    ops_.MatMul(*slot_heads_[static_cast<size_t>(slot)], nullptr, gathered, out,
                static_cast<int64_t>(members.size()));
    for (size_t m = 0; m < members.size(); ++m) {
      logits[members[m]].resize(width);
      ops_.Download(out + m * width, logits[members[m]]);
    }
  }
}

std::vector<float> LanguageModel::FullLogits(int64_t rows, Workspace& workspace) const {
  std::call_once(full_head_once_,
                 [&] { full_head_ = PackHead(ops_, weights_, 0, config_.vocab_size, format_); });
  std::vector<float> logits(static_cast<size_t>(rows * config_.vocab_size));
  float* out = workspace.logits.Reserve(ops_, logits.size());
  ops_.MatMul(*full_head_, nullptr, workspace.last.data(), out, rows);
  ops_.Download(out, logits);
  return logits;
}

}  // namespace kani::lm
