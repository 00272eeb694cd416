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

namespace {

/// Reads and packs tensors, and remembers which names the model knows.
class Loader {
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

LanguageModel::LanguageModel(kernels::Ops& ops, model::LmConfig config,
                             std::unique_ptr<model::TensorStore> store,
                             kernels::WeightFormat format)
    : ops_(ops), config_(std::move(config)), format_(format), impl_(std::make_unique<Impl>()) {
  impl_->store = std::move(store);
  Loader load(ops, *impl_->store, format);
  const int64_t hidden = config_.hidden_size, head_size = config_.head_dim;
  const int64_t q_size = config_.num_attention_heads * head_size;
  const int64_t kv_size = config_.num_key_value_heads * head_size;

  impl_->embedding = &load.Get("model.embed_tokens.weight", {config_.vocab_size, hidden});
  impl_->head = load.Find("lm_head.weight", {config_.vocab_size, hidden});
  if (impl_->head == nullptr) impl_->head = impl_->embedding;
  // The official loader shares one tensor when tied and loads the head last: it wins.
  if (config_.tie_word_embeddings) impl_->embedding = impl_->head;
  impl_->final_norm = load.Vector("model.embedding_norm.weight", hidden);
  const std::string projection = "model.speaker_emb_projection.weight";
  const Shape projection_shape{hidden, config_.speaker_emb_dim};
  if (config_.use_learnable_rope || impl_->store->Find(projection) != nullptr) {
    impl_->speaker_projection = load.Get(projection, projection_shape).Floats();
  }

  for (int64_t i = 0; i < config_.num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("model.layers.", i, ".");
    Layer layer;
    layer.operator_norm = load.Vector(prefix + "operator_norm.weight", hidden);
    layer.ffn_norm = load.Vector(prefix + "ffn_norm.weight", hidden);
    if (config_.layer_types[static_cast<size_t>(i)] == LayerType::kAttention) {
      const std::string attention = prefix + "self_attn.";
      const TensorView* parts[] = {&load.Get(attention + "q_proj.weight", {q_size, hidden}),
                                   &load.Get(attention + "k_proj.weight", {kv_size, hidden}),
                                   &load.Get(attention + "v_proj.weight", {kv_size, hidden})};
      layer.qkv = load.Stack(parts);
      layer.q_norm = load.Vector(attention + "q_layernorm.weight", head_size);
      layer.k_norm = load.Vector(attention + "k_layernorm.weight", head_size);
      layer.out_proj = load.Matrix(attention + "out_proj.weight", hidden, q_size);
      const TensorView* alpha = nullptr;
      if (config_.use_learnable_rope) {
        const std::string name = StrCat("model.learnable_rope_layers.", i, ".alpha_weight");
        const TensorView* found = impl_->store->Find(name);
        // A scalar; some writers store it as [1].
        alpha = &load.Get(name, found != nullptr && found->shape.size() == 1 ? Shape{1} : Shape{});
      }
      layer.inv_freq = InverseFrequencies(config_, alpha);
    } else {
      const std::string conv = prefix + "conv.";
      layer.in_proj = load.Matrix(conv + "in_proj.weight", 3 * hidden, hidden);
      layer.out_proj = load.Matrix(conv + "out_proj.weight", hidden, hidden);
      const int64_t tap_count = config_.conv_L_cache;
      const std::vector<float> stored =
          load.Get(conv + "conv.weight", {hidden, 1, tap_count}).Floats();
      std::vector<float> taps(stored.size());  // [D, L] -> [L, D]
      for (int64_t c = 0; c < hidden; ++c) {
        for (int64_t j = 0; j < tap_count; ++j) {
          taps[static_cast<size_t>(j * hidden + c)] =
              stored[static_cast<size_t>(c * tap_count + j)];
        }
      }
      layer.taps = Buffer(ops, taps);
      if (config_.conv_bias) {
        layer.in_bias = load.Vector(conv + "in_proj.bias", 3 * hidden);
        layer.tap_bias = load.Vector(conv + "conv.bias", hidden);
        layer.out_bias = load.Vector(conv + "out_proj.bias", hidden);
      }
    }
    const std::string ffn = prefix + "feed_forward.";
    const TensorView& w1 = load.Get(ffn + "w1.weight", {-1, hidden});
    // Some conversions store the unadjusted width in the config: the tensor decides.
    if (i == 0) impl_->feed_forward_size = w1.shape[0];
    const Shape up_shape{impl_->feed_forward_size, hidden};
    const TensorView* parts[] = {&load.Get(ffn + "w1.weight", up_shape),
                                 &load.Get(ffn + "w3.weight", up_shape)};
    layer.gate_up = load.Stack(parts);
    layer.down = load.Matrix(ffn + "w2.weight", hidden, impl_->feed_forward_size);
    for (const auto* weights :
         {&layer.qkv, &layer.in_proj, &layer.out_proj, &layer.gate_up, &layer.down}) {
      if (*weights) impl_->backbone_bytes += (*weights)->bytes();
    }
    impl_->layers.push_back(std::move(layer));
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

void LanguageModel::Forward(std::span<const Segment> batch, Workspace& workspace, bool all_rows,
                            const Trace& trace) const {
  CheckSegments(config_, !impl_->speaker_projection.empty(), batch);
  const int64_t hidden = config_.hidden_size, head_size = config_.head_dim;
  const int64_t q_size = config_.num_attention_heads * head_size;
  const int64_t kv_size = config_.num_key_value_heads * head_size;
  const int64_t qkv_size = q_size + 2 * kv_size;
  const int64_t ffn_size = impl_->feed_forward_size;

  // Input rows, their positions, and each segment's first cache row.
  workspace.host.clear();
  workspace.positions.clear();
  std::vector<int64_t> first_rows;
  for (const Segment& segment : batch) {
    first_rows.push_back(segment.state->rows());
    for (int32_t row : segment.rows) {
      const size_t at = workspace.host.size();
      workspace.host.resize(at + static_cast<size_t>(hidden));
      const std::span<float> out = std::span(workspace.host).subspan(at);
      if (row == model::kSpeakerRow) {
        for (int64_t d = 0; d < hidden; ++d) {
          double sum = 0;
          for (int64_t e = 0; e < config_.speaker_emb_dim; ++e) {
            sum += static_cast<double>(impl_->speaker_projection[static_cast<size_t>(
                       d * config_.speaker_emb_dim + e)]) *
                   segment.speaker_embedding[static_cast<size_t>(e)];
          }
          out[static_cast<size_t>(d)] = static_cast<float>(sum);
        }
      } else {
        impl_->embedding->ReadFloats(row * hidden, out);
      }
      workspace.positions.push_back(segment.state->NextPosition());
      segment.state->Advance(config_.tokens.IsAudio(row));
    }
  }
  const auto rows = static_cast<int64_t>(workspace.positions.size());  // T
  const auto floats = [&](int64_t width) { return static_cast<size_t>(rows * width); };
  float* x = workspace.hidden.Reserve(ops_, floats(hidden));
  float* normed = workspace.normed.Reserve(ops_, floats(hidden));
  float* projected =
      workspace.projected.Reserve(ops_, floats(std::max({3 * hidden, qkv_size, 2 * ffn_size})));
  float* mixed = workspace.mixed.Reserve(ops_, floats(std::max({hidden, q_size, ffn_size})));
  ops_.Upload(workspace.host, x);

  const auto show = [&](std::string_view name, const float* values, int64_t columns) {
    std::vector<float> host(floats(columns));
    ops_.Download(values, host);
    trace(name, host.data(), rows, columns);
  };
  if (trace) {
    trace("positions", workspace.positions.data(), rows, 1);
    show("input_rows", x, hidden);
  }

  for (int64_t i = 0; i < config_.num_hidden_layers(); ++i) {
    const Layer& layer = impl_->layers[static_cast<size_t>(i)];
    ops_.RmsNorm(x, hidden, layer.operator_norm.data(), config_.norm_eps, normed, hidden, rows,
                 hidden);
    if (layer.qkv) {
      ops_.MatMul(*layer.qkv, nullptr, normed, projected, rows);
      for (int64_t t = 0; t < rows; ++t) {  // every head on its own, before the rotation
        float* q = projected + t * qkv_size;
        float* k = q + q_size;
        ops_.RmsNorm(q, head_size, layer.q_norm.data(), config_.norm_eps, q, head_size,
                     config_.num_attention_heads, head_size);
        ops_.RmsNorm(k, head_size, layer.k_norm.data(), config_.norm_eps, k, head_size,
                     config_.num_key_value_heads, head_size);
      }
      // Query and key heads lie side by side: one call rotates both.
      ops_.Rope(projected, qkv_size, workspace.positions,
                config_.num_attention_heads + config_.num_key_value_heads, head_size,
                layer.inv_freq);
      int64_t begin = 0;
      for (size_t s = 0; s < batch.size(); ++s) {
        const auto count = static_cast<int64_t>(batch[s].rows.size());
        const kernels::KvCache cache = batch[s].state->kv(i);
        const float* q = projected + begin * qkv_size;
        ops_.StoreKv(cache, first_rows[s], q + q_size, qkv_size, q + q_size + kv_size, qkv_size,
                     count, config_.num_key_value_heads, head_size);
        ops_.Attention(cache, first_rows[s], q, qkv_size, mixed + begin * q_size, q_size, count,
                       config_.num_attention_heads, config_.num_key_value_heads, head_size,
                       1.0f / std::sqrt(static_cast<float>(head_size)));
        begin += count;
      }
    } else {
      ops_.MatMul(*layer.in_proj, layer.in_bias.data(), normed, projected, rows);
      int64_t begin = 0;
      for (const Segment& segment : batch) {
        const auto count = static_cast<int64_t>(segment.rows.size());
        ops_.ShortConvolution(projected + begin * 3 * hidden, layer.taps.data(),
                              layer.tap_bias.data(), segment.state->convolution(i),
                              mixed + begin * hidden, count, hidden, config_.conv_L_cache);
        begin += count;
      }
    }
    ops_.MatMul(*layer.out_proj, layer.out_bias.data(), mixed, x, rows, /*accumulate=*/true);

    ops_.RmsNorm(x, hidden, layer.ffn_norm.data(), config_.norm_eps, normed, hidden, rows, hidden);
    ops_.MatMul(*layer.gate_up, nullptr, normed, projected, rows);
    ops_.SiluMultiply(projected, mixed, rows, ffn_size);
    ops_.MatMul(*layer.down, nullptr, mixed, x, rows, /*accumulate=*/true);
    if (trace) show(StrCat("hidden_after_layer_", i), x, hidden);
  }

  if (all_rows) {
    float* last = workspace.last.Reserve(ops_, floats(hidden));
    ops_.RmsNorm(x, hidden, impl_->final_norm.data(), config_.norm_eps, last, hidden, rows, hidden);
    if (trace) show("hidden_final", last, hidden);
    return;
  }
  float* last = workspace.last.Reserve(ops_, batch.size() * static_cast<size_t>(hidden));
  int64_t end = 0;
  for (const Segment& segment : batch) {
    end += static_cast<int64_t>(segment.rows.size());
    ops_.RmsNorm(x + (end - 1) * hidden, hidden, impl_->final_norm.data(), config_.norm_eps, last,
                 hidden, 1, hidden);
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
