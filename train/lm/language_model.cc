#include "train/lm/language_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "train/lm/chunked_cross_entropy.h"
#include "train/lm/packed_attention.h"

namespace kani::train {

using model::LayerType;

namespace {

std::string LayerName(int64_t layer, std::string_view name) {
  return StrCat("model.layers.", layer, ".", name);
}

void AppendLayer(const model::LmConfig& config, int64_t layer, std::vector<ParameterSpec>& specs) {
  const int64_t D = config.hidden_size, F = config.feed_forward_size, E = config.head_dim;
  const auto add = [&](std::string_view name, Shape shape) {
    specs.push_back({LayerName(layer, name), std::move(shape)});
  };
  add("operator_norm.weight", {D});
  if (config.layer_types[static_cast<size_t>(layer)] == LayerType::kConvolution) {
    add("conv.in_proj.weight", {3 * D, D});
    add("conv.conv.weight", {D, 1, config.conv_L_cache});
    add("conv.out_proj.weight", {D, D});
    if (config.conv_bias) {
      add("conv.in_proj.bias", {3 * D});
      add("conv.conv.bias", {D});
      add("conv.out_proj.bias", {D});
    }
  } else {
    add("self_attn.q_proj.weight", {config.num_attention_heads * E, D});
    add("self_attn.k_proj.weight", {config.num_key_value_heads * E, D});
    add("self_attn.v_proj.weight", {config.num_key_value_heads * E, D});
    add("self_attn.q_layernorm.weight", {E});
    add("self_attn.k_layernorm.weight", {E});
    add("self_attn.out_proj.weight", {D, config.num_attention_heads * E});
  }
  add("ffn_norm.weight", {D});
  add("feed_forward.w1.weight", {F, D});
  add("feed_forward.w3.weight", {F, D});
  add("feed_forward.w2.weight", {D, F});
}

/// Every weight of the model; the RoPE scales come last.
std::vector<ParameterSpec> Specs(const model::LmConfig& config) {
  const int64_t D = config.hidden_size;
  std::vector<ParameterSpec> specs = {
      {"model.embed_tokens.weight", {config.vocab_size, D}},
      {"model.speaker_emb_projection.weight", {D, config.speaker_emb_dim}}};
  if (!config.tie_word_embeddings) specs.push_back({"lm_head.weight", {config.vocab_size, D}});
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) AppendLayer(config, i, specs);
  specs.push_back({"model.embedding_norm.weight", {D}});
  for (int64_t i = 0; config.use_learnable_rope && i < config.num_hidden_layers(); ++i) {
    if (config.layer_types[static_cast<size_t>(i)] == LayerType::kAttention) {
      specs.push_back({RopeScaleName(i), {}});
    }
  }
  return specs;
}

/// [T, H, E] rotated by angles [T, E / 2]: dimension i and i + E / 2 are a pair.
at::Tensor Rotate(const at::Tensor& heads, const at::Tensor& cosine, const at::Tensor& sine) {
  const auto halves = heads.chunk(2, -1);
  return at::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine},
                 -1);
}

}  // namespace

std::string RopeScaleName(int64_t layer) {
  return StrCat("model.learnable_rope_layers.", layer, ".alpha_weight");
}

LanguageModel::LanguageModel(model::LmConfig config, at::ScalarType compute, at::Device device)
    : config_(std::move(config)), compute_(compute), parameters_(Specs(config_), device) {
  const auto& specs = parameters_.specs();
  size_t first = specs.size();
  while (first > 0 && specs[first - 1].shape.empty()) --first;
  alpha_offset_ = first == specs.size() ? parameters_.values().size(0) : parameters_.Offset(first);
}

at::Tensor LanguageModel::Weight(int64_t layer, const char* name) const {
  return parameters_.Get(LayerName(layer, name)).to(compute_);
}

at::Tensor LanguageModel::Norm(const at::Tensor& rows, const at::Tensor& weight) const {
  return at::rms_norm(rows.to(at::kFloat), weight.sizes(), weight, config_.norm_eps).to(compute_);
}

at::Tensor LanguageModel::Embed(const PackedBatch& batch) const {
  at::Tensor rows = at::embedding(parameters_.Get("model.embed_tokens.weight"), batch.tokens);
  if (batch.speaker_rows.numel() > 0) {
    const at::Tensor projected =
        at::linear(batch.speakers, parameters_.Get("model.speaker_emb_projection.weight"));
    rows = rows.index_copy(0, batch.speaker_rows, projected);
  }
  return rows.to(compute_);
}

at::Tensor LanguageModel::Head() const {
  return parameters_
      .Get(config_.tie_word_embeddings ? "model.embed_tokens.weight" : "lm_head.weight")
      .to(compute_);
}

at::Tensor LanguageModel::Convolution(int64_t layer, const at::Tensor& rows,
                                      const PackedBatch& batch) const {
  const auto bias = [&](const char* name) {
    return config_.conv_bias ? Weight(layer, name) : at::Tensor();
  };
  const auto parts =
      at::linear(rows, Weight(layer, "conv.in_proj.weight"), bias("conv.in_proj.bias"))
          .chunk(3, -1);
  const at::Tensor gated = parts[0] * parts[2];
  const at::Tensor taps = Weight(layer, "conv.conv.weight").squeeze(1);  // [D, L]
  const int64_t L = config_.conv_L_cache, T = rows.size(0);
  at::Tensor mixed = gated * taps.select(1, L - 1);
  for (int64_t lag = 1; lag < std::min(L, T); ++lag) {
    // Row t - lag, and nothing where that is another clip's.
    const at::Tensor before = at::constant_pad_nd(gated.narrow(0, 0, T - lag), {0, 0, lag, 0});
    const at::Tensor inside = batch.rows_before.ge(lag).unsqueeze(1);
    mixed = mixed + before * inside * taps.select(1, L - 1 - lag);
  }
  if (config_.conv_bias) mixed = mixed + bias("conv.conv.bias");
  return at::linear(parts[1] * mixed, Weight(layer, "conv.out_proj.weight"),
                    bias("conv.out_proj.bias"));
}

at::Tensor LanguageModel::Attention(int64_t layer, const at::Tensor& rows,
                                    const PackedBatch& batch) const {
  const int64_t T = rows.size(0), E = config_.head_dim;
  const auto heads = [&](const char* name) {
    return at::linear(rows, Weight(layer, name)).view({T, -1, E});
  };
  const auto options = batch.positions.options();
  at::Tensor scale = at::ones({}, options);
  if (config_.use_learnable_rope) {
    const at::Tensor& weight = parameters_.Get(RopeScaleName(layer));
    scale = config_.alpha_min + (config_.alpha_max - config_.alpha_min) * at::sigmoid(weight);
  }
  const at::Tensor exponents = at::arange(0, E, 2, options) / static_cast<double>(E);
  const at::Tensor frequencies = at::pow(config_.rope_theta, exponents).reciprocal();
  const at::Tensor angles =
      (batch.positions.unsqueeze(1) * (scale * frequencies)).unsqueeze(1);  // [T, 1, E / 2]
  const at::Tensor cosine = angles.cos(), sine = angles.sin();
  const auto normed = [&](const char* projection, const char* norm) {
    const at::Tensor& weight = parameters_.Get(LayerName(layer, norm));
    const at::Tensor values = heads(projection).to(at::kFloat);
    return Rotate(at::rms_norm(values, {E}, weight, config_.norm_eps), cosine, sine).to(compute_);
  };
  const at::Tensor q = normed("self_attn.q_proj.weight", "self_attn.q_layernorm.weight");
  const at::Tensor k = normed("self_attn.k_proj.weight", "self_attn.k_layernorm.weight");
  const at::Tensor v = heads("self_attn.v_proj.weight");
  return at::linear(PackedAttention(q, k, v, batch).view({T, -1}),
                    Weight(layer, "self_attn.out_proj.weight"));
}

at::Tensor LanguageModel::FeedForward(int64_t layer, const at::Tensor& rows) const {
  const at::Tensor gate = at::linear(rows, Weight(layer, "feed_forward.w1.weight"));
  const at::Tensor up = at::linear(rows, Weight(layer, "feed_forward.w3.weight"));
  return at::linear(at::silu(gate) * up, Weight(layer, "feed_forward.w2.weight"));
}

at::Tensor LanguageModel::Hidden(const PackedBatch& batch, const at::Tensor& embedded,
                                 const LayerObserver& observe) const {
  at::Tensor rows = embedded;
  for (int64_t i = 0; i < config_.num_hidden_layers(); ++i) {
    const at::Tensor normed = Norm(rows, parameters_.Get(LayerName(i, "operator_norm.weight")));
    const bool convolution = config_.layer_types[static_cast<size_t>(i)] == LayerType::kConvolution;
    const at::Tensor mixed =
        convolution ? Convolution(i, normed, batch) : Attention(i, normed, batch);
    if (observe && !convolution) observe(i, mixed);
    rows = rows + mixed;
    rows = rows + FeedForward(i, Norm(rows, parameters_.Get(LayerName(i, "ffn_norm.weight"))));
  }
  return Norm(rows, parameters_.Get("model.embedding_norm.weight"));
}

at::Tensor LanguageModel::Logits(const at::Tensor& hidden) const {
  return at::linear(hidden, Head()).to(at::kFloat);
}

at::Tensor LanguageModel::LossSum(const PackedBatch& batch) const {
  return ChunkedCrossEntropy(Hidden(batch), Head(), batch.targets);
}

}  // namespace kani::train
