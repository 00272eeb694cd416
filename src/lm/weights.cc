#include "lm/weights.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <utility>

#include "base/dtype.h"
#include "base/elementary.h"
#include "base/error.h"

namespace kani::lm {

using kernels::Buffer;
using kernels::Weights;

namespace {

/// The format asked for, or else the narrowest that holds every number of `parts`.
kernels::WeightFormat FormatOf(std::span<const TensorView* const> parts,
                               std::optional<kernels::WeightFormat> asked) {
  if (asked) return *asked;
  const bool narrow = std::all_of(parts.begin(), parts.end(), [](const TensorView* part) {
    return part->dtype == DType::kBF16;
  });
  return narrow ? kernels::WeightFormat::kBf16 : kernels::WeightFormat::kFp32;
}

/// Reads and packs tensors, and remembers which names the model knows.
class Loader {
 public:
  Loader(kernels::Device& device, const formats::TensorStore& store,
         std::optional<kernels::WeightFormat> format)
      : device_(device), store_(store), format_(format) {}

  const TensorView& Get(const std::string& name, const Shape& shape) {
    known_.insert(name);
    return store_.Get(name, shape);
  }
  const TensorView* Find(const std::string& name, const Shape& shape) {
    return store_.Find(name) == nullptr ? nullptr : &Get(name, shape);
  }
  /// The tensor whatever its shape, not yet counted as known; null if there is none.
  const TensorView* FindAny(const std::string& name) const { return store_.Find(name); }
  Buffer Upload(std::span<const float> values) { return Buffer(device_, values); }
  /// The numbers of a small tensor. Throws where one is not finite, as everything below.
  std::vector<float> Floats(const std::string& name, const Shape& shape) {
    std::vector<float> values = Get(name, shape).Floats();
    store_.RequireFinite(name, values);
    return values;
  }
  Buffer Vector(const std::string& name, int64_t size) { return Upload(Floats(name, {size})); }
  /// Matrices of equal width stacked on each other; bf16 only where that loses nothing.
  std::unique_ptr<const Weights> Stack(std::span<const TensorView* const> parts) {
    const int64_t inputs = parts[0]->shape[1];
    int64_t outputs = 0;
    for (const TensorView* part : parts) outputs += part->shape[0];
    const auto format = FormatOf(parts, format_);
    auto packed = device_.Pack(outputs, 1, inputs, format, [&](int64_t n, std::span<float> row) {
      size_t part = 0;
      while (n >= parts[part]->shape[0]) n -= parts[part++]->shape[0];
      parts[part]->ReadFloats(n * inputs, row);
      store_.RequireFinite(*parts[part], row);
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
  kernels::Device& device_;
  const formats::TensorStore& store_;
  std::optional<kernels::WeightFormat> format_;
  std::set<std::string, std::less<>> known_;
};

/// alpha * theta^(-2i / E), alpha = alpha_min + (alpha_max - alpha_min) * sigmoid(weight); fp32 as
/// in the library.
std::vector<float> InverseFrequencies(const model::LmConfig& config, std::optional<float> weight) {
  float alpha = 1.0f;
  if (weight) {
    const auto sigmoid = static_cast<float>(Sigmoid(*weight));
    const auto low = static_cast<float>(config.alpha_min);
    alpha = low + static_cast<float>(config.alpha_max - config.alpha_min) * sigmoid;
  }
  const double log_theta = Log(config.rope_theta);
  std::vector<float> frequencies(static_cast<size_t>(config.head_dim / 2));
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(config.head_dim);
    frequencies[i] = alpha * static_cast<float>(Exp(-exponent * log_theta));
  }
  return frequencies;
}

/// Attention mixer of layer `i`: q, k and v as one matrix, norms of their heads, frequencies.
void ReadAttention(Loader& load, const model::LmConfig& config, int64_t i, LayerWeights& layer) {
  const int64_t hidden = config.hidden_size, head_size = config.head_dim;
  const int64_t q_size = config.num_attention_heads * head_size;
  const int64_t kv_size = config.num_key_value_heads * head_size;
  const std::string prefix = StrCat("model.layers.", i, ".self_attn.");
  const TensorView* parts[] = {&load.Get(prefix + "q_proj.weight", {q_size, hidden}),
                               &load.Get(prefix + "k_proj.weight", {kv_size, hidden}),
                               &load.Get(prefix + "v_proj.weight", {kv_size, hidden})};
  layer.qkv = load.Stack(parts);
  std::vector<float> head_norm;
  const auto append = [&](const std::string& name, int64_t heads) {
    const std::vector<float> norm = load.Floats(prefix + name, {head_size});
    for (int64_t h = 0; h < heads; ++h) head_norm.insert(head_norm.end(), norm.begin(), norm.end());
  };
  append("q_layernorm.weight", config.num_attention_heads);
  append("k_layernorm.weight", config.num_key_value_heads);
  layer.head_norm = load.Upload(head_norm);
  layer.out_proj = load.Matrix(prefix + "out_proj.weight", hidden, q_size);
  std::optional<float> alpha;
  if (config.use_learnable_rope) {
    const std::string name = StrCat("model.learnable_rope_layers.", i, ".alpha_weight");
    const TensorView* found = load.FindAny(name);
    // A scalar; some writers store it as [1].
    const bool is_row = found != nullptr && found->shape.size() == 1;
    alpha = load.Floats(name, is_row ? Shape{1} : Shape{})[0];
  }
  layer.inv_freq = load.Upload(InverseFrequencies(config, alpha));
}

/// Short-convolution mixer of layer `i`.
void ReadConvolution(Loader& load, const model::LmConfig& config, int64_t i, LayerWeights& layer) {
  const int64_t hidden = config.hidden_size, tap_count = config.conv_L_cache;
  const std::string prefix = StrCat("model.layers.", i, ".conv.");
  layer.in_proj = load.Matrix(prefix + "in_proj.weight", 3 * hidden, hidden);
  layer.out_proj = load.Matrix(prefix + "out_proj.weight", hidden, hidden);
  const std::vector<float> stored = load.Floats(prefix + "conv.weight", {hidden, 1, tap_count});
  std::vector<float> taps(stored.size());  // [D, L] -> [L, D]
  for (int64_t c = 0; c < hidden; ++c) {
    for (int64_t j = 0; j < tap_count; ++j) {
      taps[static_cast<size_t>(j * hidden + c)] = stored[static_cast<size_t>(c * tap_count + j)];
    }
  }
  layer.taps = load.Upload(taps);
  if (config.conv_bias) {
    layer.in_bias = load.Vector(prefix + "in_proj.bias", 3 * hidden);
    layer.tap_bias = load.Vector(prefix + "conv.bias", hidden);
    layer.out_bias = load.Vector(prefix + "out_proj.bias", hidden);
  }
}

/// SwiGLU of layer `i`. Some conversions store the unadjusted width in the config, so the tensor of
/// the first layer decides it for all.
void ReadFeedForward(Loader& load, const model::LmConfig& config, int64_t i,
                     int64_t& feed_forward_size, LayerWeights& layer) {
  const int64_t hidden = config.hidden_size;
  const std::string prefix = StrCat("model.layers.", i, ".feed_forward.");
  const TensorView& w1 = load.Get(prefix + "w1.weight", {-1, hidden});
  if (i == 0) feed_forward_size = w1.shape[0];
  const Shape up_shape{feed_forward_size, hidden};
  const TensorView* parts[] = {&load.Get(prefix + "w1.weight", up_shape),
                               &load.Get(prefix + "w3.weight", up_shape)};
  layer.gate_up = load.Stack(parts);
  layer.down = load.Matrix(prefix + "w2.weight", hidden, feed_forward_size);
}

/// Embedding, head, final norm and speaker projection.
void ReadEnds(Loader& load, const model::LmConfig& config, ModelWeights& weights) {
  const int64_t hidden = config.hidden_size;
  weights.embedding = &load.Get("model.embed_tokens.weight", {config.vocab_size, hidden});
  weights.head = load.Find("lm_head.weight", {config.vocab_size, hidden});
  if (weights.head == nullptr) weights.head = weights.embedding;
  // The official loader shares one tensor when tied and loads the head last: it wins.
  if (config.tie_word_embeddings) weights.embedding = weights.head;
  weights.final_norm = load.Vector("model.embedding_norm.weight", hidden);
  const std::string projection = "model.speaker_emb_projection.weight";
  if (config.use_learnable_rope || load.FindAny(projection) != nullptr) {
    weights.speaker_projection = load.Floats(projection, {hidden, config.speaker_emb_dim});
  }
}

}  // namespace

size_t ModelWeights::bytes() const {
  size_t total = 0;
  for (const LayerWeights& layer : layers) {
    for (const auto* weights :
         {&layer.qkv, &layer.in_proj, &layer.out_proj, &layer.gate_up, &layer.down}) {
      if (*weights) total += (*weights)->bytes();
    }
  }
  return total;
}

ModelWeights LoadWeights(kernels::Device& device, const model::LmConfig& config,
                         std::unique_ptr<formats::TensorStore> store,
                         std::optional<kernels::WeightFormat> format) {
  ModelWeights weights;
  weights.store = std::move(store);
  Loader load(device, *weights.store, format);
  ReadEnds(load, config, weights);
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) {
    const std::string prefix = StrCat("model.layers.", i, ".");
    LayerWeights& layer = weights.layers.emplace_back();
    layer.operator_norm = load.Vector(prefix + "operator_norm.weight", config.hidden_size);
    layer.ffn_norm = load.Vector(prefix + "ffn_norm.weight", config.hidden_size);
    if (config.layer_types[static_cast<size_t>(i)] == model::LayerType::kAttention) {
      ReadAttention(load, config, i, layer);
    } else {
      ReadConvolution(load, config, i, layer);
    }
    ReadFeedForward(load, config, i, weights.feed_forward_size, layer);
  }
  load.RejectUnknown();
  return weights;
}

std::unique_ptr<const Weights> PackHead(kernels::Device& device, const ModelWeights& weights,
                                        int64_t begin, int64_t count,
                                        std::optional<kernels::WeightFormat> format) {
  const TensorView& head = *weights.head;
  const int64_t inputs = head.shape[1];
  const auto source = [&](int64_t n, std::span<float> row) {
    head.ReadFloats((begin + n) * inputs, row);
    weights.store->RequireFinite(head, row);
  };
  auto packed = device.Pack(count, 1, inputs, FormatOf(std::array{&head}, format), source);
  weights.store->Release(head);
  return packed;
}

}  // namespace kani::lm
