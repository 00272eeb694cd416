#include "lm/language_model.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <set>
#include <utility>

#include "base/error.h"

namespace kani::lm {

using kernels::Buffer;
using kernels::Weights;
using model::LayerType;

/// Weights of one decoder layer; those of the other kind of layer stay empty.
struct LanguageModel::Layer {
  Buffer operator_norm, ffn_norm;           // [D]
  std::unique_ptr<const Weights> qkv;       // [(H + 2G) * E, D]
  Buffer q_norm, k_norm;                    // [E]
  std::vector<float> inv_freq;              // [E / 2], the layer's alpha folded in
  std::unique_ptr<const Weights> in_proj;   // [3D, D]: B | C | X
  Buffer in_bias;                           // [3D] or empty
  Buffer taps, tap_bias;                    // [L, D], [D] or empty
  std::unique_ptr<const Weights> out_proj;  // [D, H * E] or [D, D]
  Buffer out_bias;                          // [D] or empty
  std::unique_ptr<const Weights> gate_up;   // [2F, D]: w1 | w3
  std::unique_ptr<const Weights> down;      // [D, F]: w2
};

struct LanguageModel::Impl {
  std::unique_ptr<model::TensorStore> store;  // embedding rows are read from the mapped file
  const TensorView* embedding = nullptr;      // [V, D]
  const TensorView* head = nullptr;           // [V, D], the embedding itself when tied
  std::vector<float> speaker_projection;      // [D, speaker_emb_dim], empty when the file has none
  std::vector<Layer> layers;
  Buffer final_norm;                                       // [D]
  std::vector<std::unique_ptr<const Weights>> slot_heads;  // one per codebook
  std::once_flag full_head_once;
  std::unique_ptr<const Weights> full_head;  // [V, D], parity only
  int64_t feed_forward_size = 0;
  size_t backbone_bytes = 0;
};

/// Reads and packs tensors, and remembers which names the model knows.
class LanguageModel::Loader {
 public:
  Loader(kernels::Ops& ops, const model::TensorStore& store, kernels::WeightFormat format)
      : ops_(ops), store_(store), format_(format) {}

  const TensorView& Get(const std::string& name, const Shape& shape) {
    known_.insert(name);
    return store_.Get(name, shape);
  }
  const TensorView* Find(const std::string& name, const Shape& shape) {
    return store_.Find(name) == nullptr ? nullptr : &Get(name, shape);
  }
  Buffer Vector(const std::string& name, int64_t size) {
    return Buffer(ops_, Get(name, {size}).Floats());
  }
  /// Matrices of equal width stacked on each other.
  std::unique_ptr<const Weights> Stack(std::span<const TensorView* const> parts) {
    const int64_t inputs = parts[0]->shape[1];
    int64_t outputs = 0;
    for (const TensorView* part : parts) outputs += part->shape[0];
    auto packed = ops_.Pack(outputs, 1, inputs, format_, [&](int64_t n, std::span<float> row) {
      size_t part = 0;
      while (n >= parts[part]->shape[0]) n -= parts[part++]->shape[0];
      parts[part]->ReadFloats(n * inputs, row);
    });
    for (const TensorView* part : parts) store_.Release(*part);
    return packed;
  }
  std::unique_ptr<const Weights> Matrix(const std::string& name, int64_t outputs, int64_t inputs) {
    const TensorView* part = &Get(name, {outputs, inputs});
    return Stack(std::span(&part, 1));
  }
  void RejectUnknown() const {
    store_.RejectUnknown([&](std::string_view name) { return known_.contains(name); });
  }

 private:
  kernels::Ops& ops_;
  const model::TensorStore& store_;
  kernels::WeightFormat format_;
  std::set<std::string, std::less<>> known_;
};

namespace {

std::unique_ptr<const Weights> PackRows(kernels::Ops& ops, const TensorView& matrix, int64_t begin,
                                        int64_t count, kernels::WeightFormat format) {
  const int64_t inputs = matrix.shape[1];
  return ops.Pack(count, 1, inputs, format, [&](int64_t n, std::span<float> row) {
    matrix.ReadFloats((begin + n) * inputs, row);
  });
}

/// alpha * theta^(-2i / E), alpha = alpha_min + (alpha_max - alpha_min) * sigmoid(weight); fp32 as
/// in the library.
std::vector<float> InverseFrequencies(const model::LmConfig& config, const TensorView* weight) {
  float alpha = 1.0f;
  if (weight != nullptr) {
    const float sigmoid = 1.0f / (1.0f + std::exp(-weight->Floats()[0]));
    const auto low = static_cast<float>(config.alpha_min);
    alpha = low + static_cast<float>(config.alpha_max - config.alpha_min) * sigmoid;
  }
  std::vector<float> frequencies(static_cast<size_t>(config.head_dim / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(config.head_dim);
    frequencies[i] = alpha * static_cast<float>(1.0 / std::pow(config.rope_theta, exponent));
  }
  return frequencies;
}

}  // namespace

/// Attention mixer of layer `i`: q, k and v as one matrix, norms of their heads, frequencies.
void LanguageModel::ReadAttention(Loader& load, int64_t i, Layer& layer) const {
  const int64_t hidden = config_.hidden_size, head_size = config_.head_dim;
  const int64_t q_size = config_.num_attention_heads * head_size;
  const int64_t kv_size = config_.num_key_value_heads * head_size;
  const std::string prefix = StrCat("model.layers.", i, ".self_attn.");
  const TensorView* parts[] = {&load.Get(prefix + "q_proj.weight", {q_size, hidden}),
                               &load.Get(prefix + "k_proj.weight", {kv_size, hidden}),
                               &load.Get(prefix + "v_proj.weight", {kv_size, hidden})};
  layer.qkv = load.Stack(parts);
  layer.q_norm = load.Vector(prefix + "q_layernorm.weight", head_size);
  layer.k_norm = load.Vector(prefix + "k_layernorm.weight", head_size);
  layer.out_proj = load.Matrix(prefix + "out_proj.weight", hidden, q_size);
  const TensorView* alpha = nullptr;
  if (config_.use_learnable_rope) {
    const std::string name = StrCat("model.learnable_rope_layers.", i, ".alpha_weight");
    const TensorView* found = impl_->store->Find(name);
    // A scalar; some writers store it as [1].
    alpha = &load.Get(name, found != nullptr && found->shape.size() == 1 ? Shape{1} : Shape{});
  }
  layer.inv_freq = InverseFrequencies(config_, alpha);
}

/// Short-convolution mixer of layer `i`.
void LanguageModel::ReadConvolution(Loader& load, int64_t i, Layer& layer) const {
  const int64_t hidden = config_.hidden_size, tap_count = config_.conv_L_cache;
  const std::string prefix = StrCat("model.layers.", i, ".conv.");
  layer.in_proj = load.Matrix(prefix + "in_proj.weight", 3 * hidden, hidden);
  layer.out_proj = load.Matrix(prefix + "out_proj.weight", hidden, hidden);
  const std::vector<float> stored =
      load.Get(prefix + "conv.weight", {hidden, 1, tap_count}).Floats();
  std::vector<float> taps(stored.size());  // [D, L] -> [L, D]
  for (int64_t c = 0; c < hidden; ++c) {
    for (int64_t j = 0; j < tap_count; ++j) {
      taps[static_cast<size_t>(j * hidden + c)] = stored[static_cast<size_t>(c * tap_count + j)];
    }
  }
  layer.taps = Buffer(ops_, taps);
  if (config_.conv_bias) {
    layer.in_bias = load.Vector(prefix + "in_proj.bias", 3 * hidden);
    layer.tap_bias = load.Vector(prefix + "conv.bias", hidden);
    layer.out_bias = load.Vector(prefix + "out_proj.bias", hidden);
  }
}

/// SwiGLU of layer `i`. Some conversions store the unadjusted width in the config, so the tensor of
/// the first layer decides it for all.
void LanguageModel::ReadFeedForward(Loader& load, int64_t i, Layer& layer) const {
  const int64_t hidden = config_.hidden_size;
  const std::string prefix = StrCat("model.layers.", i, ".feed_forward.");
  const TensorView& w1 = load.Get(prefix + "w1.weight", {-1, hidden});
  if (i == 0) impl_->feed_forward_size = w1.shape[0];
  const Shape up_shape{impl_->feed_forward_size, hidden};
  const TensorView* parts[] = {&load.Get(prefix + "w1.weight", up_shape),
                               &load.Get(prefix + "w3.weight", up_shape)};
  layer.gate_up = load.Stack(parts);
  layer.down = load.Matrix(prefix + "w2.weight", hidden, impl_->feed_forward_size);
}

/// Embedding, head, final norm and speaker projection.
void LanguageModel::ReadEnds(Loader& load) const {
  const int64_t hidden = config_.hidden_size;
  impl_->embedding = &load.Get("model.embed_tokens.weight", {config_.vocab_size, hidden});
  impl_->head = load.Find("lm_head.weight", {config_.vocab_size, hidden});
  if (impl_->head == nullptr) impl_->head = impl_->embedding;
  // The official loader shares one tensor when tied and loads the head last: it wins.
  if (config_.tie_word_embeddings) impl_->embedding = impl_->head;
  impl_->final_norm = load.Vector("model.embedding_norm.weight", hidden);
  const std::string projection = "model.speaker_emb_projection.weight";
  if (config_.use_learnable_rope || impl_->store->Find(projection) != nullptr) {
    impl_->speaker_projection = load.Get(projection, {hidden, config_.speaker_emb_dim}).Floats();
  }
}

LanguageModel::LanguageModel(kernels::Ops& ops, model::LmConfig config,
                             std::unique_ptr<model::TensorStore> store,
                             kernels::WeightFormat format)
    : ops_(ops), config_(std::move(config)), format_(format), impl_(std::make_unique<Impl>()) {
  impl_->store = std::move(store);
  Loader load(ops, *impl_->store, format);
  ReadEnds(load);
  for (int64_t i = 0; i < config_.num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("model.layers.", i, ".");
    Layer& layer = impl_->layers.emplace_back();
    layer.operator_norm = load.Vector(prefix + "operator_norm.weight", config_.hidden_size);
    layer.ffn_norm = load.Vector(prefix + "ffn_norm.weight", config_.hidden_size);
    if (config_.layer_types[static_cast<size_t>(i)] == LayerType::kAttention) {
      ReadAttention(load, i, layer);
    } else {
      ReadConvolution(load, i, layer);
    }
    ReadFeedForward(load, i, layer);
    for (const auto* weights :
         {&layer.qkv, &layer.in_proj, &layer.out_proj, &layer.gate_up, &layer.down}) {
      if (*weights) impl_->backbone_bytes += (*weights)->bytes();
    }
  }
  load.RejectUnknown();
  for (int64_t slot = 0; slot < config_.tokens.codebooks; ++slot) {
    const SlotRange range = RangeOfSlot(slot);
    impl_->slot_heads.push_back(
        PackRows(ops, *impl_->head, range.first_token, range.count, format));
  }
  impl_->store->Release(*impl_->head);
}

LanguageModel::~LanguageModel() = default;

std::unique_ptr<LanguageModel> LanguageModel::Load(kernels::Ops& ops,
                                                   const std::filesystem::path& folder,
                                                   std::optional<kernels::WeightFormat> format) {
  model::LmConfig config = model::LoadLmConfig(folder / "config.json");
  auto store = model::OpenSafetensors(folder);
  if (!format) {
    const TensorView* embedding = store->Find("model.embed_tokens.weight");
    const bool wide = embedding != nullptr && embedding->dtype == DType::kF32;
    format = wide ? kernels::WeightFormat::kFp32 : kernels::WeightFormat::kBf16;
  }
  return std::make_unique<LanguageModel>(ops, std::move(config), std::move(store), *format);
}

size_t LanguageModel::weight_bytes() const {
  size_t bytes = impl_->backbone_bytes;
  for (const auto& head : impl_->slot_heads) bytes += head->bytes();
  return bytes;
}

size_t LanguageModel::bytes_per_token() const {
  return impl_->backbone_bytes +
         (weight_bytes() - impl_->backbone_bytes) / impl_->slot_heads.size();
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
  for (const Segment& segment : batch) {
    const auto count = static_cast<int64_t>(segment.rows.size());
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
  const float* weights = impl_->speaker_projection.data();  // [D, speaker_emb_dim]
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
        impl_->embedding->ReadFloats(row * hidden, out);
      }
      workspace.positions.push_back(segment.state->NextPosition());
      segment.state->Advance(config_.tokens.IsAudio(row));
    }
  }
  pass.positions = workspace.positions;
  pass.rows = std::ssize(workspace.positions);
  const int64_t q_size = config_.num_attention_heads * config_.head_dim;
  const int64_t qkv_size = q_size + 2 * config_.num_key_value_heads * config_.head_dim;
  const int64_t ffn_size = impl_->feed_forward_size;
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
void LanguageModel::RunAttention(const Layer& layer, int64_t index, const Pass& pass) const {
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
void LanguageModel::RunConvolution(const Layer& layer, int64_t index, const Pass& pass) const {
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
void LanguageModel::RunLayer(const Layer& layer, int64_t index, const Pass& pass) const {
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
  ops_.SiluMultiply(pass.projected, pass.mixed, pass.rows, impl_->feed_forward_size);
  ops_.MatMul(*layer.down, nullptr, pass.mixed, pass.x, pass.rows, /*accumulate=*/true);
}

void LanguageModel::Forward(std::span<const Segment> batch, Workspace& workspace, bool all_rows,
                            const Trace& trace) const {
  CheckSegments(config_, !impl_->speaker_projection.empty(), batch);
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
    RunLayer(impl_->layers[static_cast<size_t>(i)], i, pass);
    show(StrCat("hidden_after_layer_", i), pass.x);
  }
  const auto final_norm = [&](int64_t row, int64_t count, float* last) {
    ops_.RmsNorm(pass.x + row * hidden, hidden, impl_->final_norm.data(), config_.norm_eps, last,
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
    ops_.MatMul(*impl_->slot_heads[static_cast<size_t>(slot)], nullptr, gathered, out,
                static_cast<int64_t>(members.size()));
    for (size_t m = 0; m < members.size(); ++m) {
      logits[members[m]].resize(width);
      ops_.Download(out + m * width, logits[members[m]]);
    }
  }
}

std::vector<float> LanguageModel::FullLogits(int64_t rows, Workspace& workspace) const {
  std::call_once(impl_->full_head_once, [&] {
    impl_->full_head = PackRows(ops_, *impl_->head, 0, config_.vocab_size, format_);
  });
  std::vector<float> logits(static_cast<size_t>(rows * config_.vocab_size));
  float* out = workspace.logits.Reserve(ops_, logits.size());
  ops_.MatMul(*impl_->full_head, nullptr, workspace.last.data(), out, rows);
  ops_.Download(out, logits);
  return logits;
}

}  // namespace kani::lm
