#include "train/lm/language_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <utility>

#include "train/lm/chunked_cross_entropy.h"
#include "train/lm/packed_attention.h"

namespace kani::train {

using model::LayerType;

namespace {

/// [T, H, E] rotated by angles [T, E / 2]: dimension i and i + E / 2 are a pair.
at::Tensor Rotate(const at::Tensor& heads, const at::Tensor& cosine, const at::Tensor& sine) {
  const auto halves = heads.chunk(2, -1);
  return at::cat({halves[0] * cosine - halves[1] * sine, halves[1] * cosine + halves[0] * sine},
                 -1);
}

}  // namespace

LanguageModel::LanguageModel(model::LmConfig config, at::ScalarType compute, at::Device device)
    : config_(std::move(config)),
      tensors_(config_),
      compute_(compute),
      parameters_(tensors_.All(config_.tie_word_embeddings), device) {
  const auto& specs = parameters_.specs();
  size_t first = specs.size();
  while (first > 0 && specs[first - 1].shape.empty()) --first;
  alpha_offset_ = first == specs.size() ? parameters_.values().size(0) : parameters_.Offset(first);
}

at::Tensor LanguageModel::Weight(const TensorSpec& spec) const {
  return spec.empty() ? at::Tensor() : parameters_.Get(spec.name).to(compute_);
}

at::Tensor LanguageModel::Norm(const at::Tensor& rows, const TensorSpec& weight) const {
  return at::rms_norm(rows.to(at::kFloat), weight.shape, parameters_.Get(weight.name),
                      config_.norm_eps)
      .to(compute_);
}

at::Tensor LanguageModel::Embed(const PackedBatch& batch) const {
  at::Tensor rows = at::embedding(parameters_.Get(tensors_.embed_tokens.name), batch.tokens);
  if (batch.speaker_rows.numel() > 0) {
    const at::Tensor projected =
        at::linear(batch.speakers, parameters_.Get(tensors_.speaker_emb_projection.name));
    rows = rows.index_copy(0, batch.speaker_rows, projected);
  }
  return rows.to(compute_);
}

at::Tensor LanguageModel::Head() const {
  return Weight(config_.tie_word_embeddings ? tensors_.embed_tokens : tensors_.lm_head);
}

at::Tensor LanguageModel::Convolution(const model::LmLayerTensors& layer, const at::Tensor& rows,
                                      const PackedBatch& batch) const {
  const auto parts =
      at::linear(rows, Weight(layer.in_proj), Weight(layer.in_proj_bias)).chunk(3, -1);
  const at::Tensor gated = parts[0] * parts[2];
  const at::Tensor taps = Weight(layer.conv).squeeze(1);  // [D, L]
  const int64_t L = config_.conv_L_cache, T = rows.size(0);
  at::Tensor mixed = gated * taps.select(1, L - 1);
  for (int64_t lag = 1; lag < std::min(L, T); ++lag) {
    // Row t - lag, and nothing where that is another clip's.
    const at::Tensor before = at::constant_pad_nd(gated.narrow(0, 0, T - lag), {0, 0, lag, 0});
    const at::Tensor inside = batch.rows_before.ge(lag).unsqueeze(1);
    mixed = mixed + before * inside * taps.select(1, L - 1 - lag);
  }
  if (!layer.conv_bias.empty()) mixed = mixed + Weight(layer.conv_bias);
  return at::linear(parts[1] * mixed, Weight(layer.out_proj), Weight(layer.out_proj_bias));
}

at::Tensor LanguageModel::Attention(const model::LmLayerTensors& layer, const at::Tensor& rows,
                                    const PackedBatch& batch) const {
  const int64_t T = rows.size(0), E = config_.head_dim;
  const auto heads = [&](const TensorSpec& projection) {
    return at::linear(rows, Weight(projection)).view({T, -1, E});
  };
  const auto options = batch.positions.options();
  at::Tensor scale = at::ones({}, options);
  if (!layer.rope_scale.empty()) {
    const at::Tensor& weight = parameters_.Get(layer.rope_scale.name);
    scale = config_.alpha_min + (config_.alpha_max - config_.alpha_min) * at::sigmoid(weight);
  }
  const at::Tensor exponents = at::arange(0, E, 2, options) / static_cast<double>(E);
  const at::Tensor frequencies = at::pow(config_.rope_theta, exponents).reciprocal();
  const at::Tensor angles =
      (batch.positions.unsqueeze(1) * (scale * frequencies)).unsqueeze(1);  // [T, 1, E / 2]
  const at::Tensor cosine = angles.cos(), sine = angles.sin();
  const auto normed = [&](const TensorSpec& projection, const TensorSpec& norm) {
    const at::Tensor values = heads(projection).to(at::kFloat);
    const at::Tensor& weight = parameters_.Get(norm.name);
    return Rotate(at::rms_norm(values, {E}, weight, config_.norm_eps), cosine, sine).to(compute_);
  };
  const at::Tensor q = normed(layer.q_proj, layer.q_layernorm);
  const at::Tensor k = normed(layer.k_proj, layer.k_layernorm);
  const at::Tensor v = heads(layer.v_proj);
  return at::linear(PackedAttention(q, k, v, batch).view({T, -1}), Weight(layer.out_proj));
}

at::Tensor LanguageModel::FeedForward(const model::LmLayerTensors& layer,
                                      const at::Tensor& rows) const {
  const at::Tensor gate = at::linear(rows, Weight(layer.w1));
  const at::Tensor up = at::linear(rows, Weight(layer.w3));
  return at::linear(at::silu(gate) * up, Weight(layer.w2));
}

at::Tensor LanguageModel::Hidden(const PackedBatch& batch, const at::Tensor& embedded,
                                 const LayerObserver& observe) const {
  at::Tensor rows = embedded;
  for (size_t i = 0; i < tensors_.layers.size(); ++i) {
    const model::LmLayerTensors& layer = tensors_.layers[i];
    const at::Tensor normed = Norm(rows, layer.operator_norm);
    const bool convolution = config_.layer_types[i] == LayerType::kConvolution;
    const at::Tensor mixed =
        convolution ? Convolution(layer, normed, batch) : Attention(layer, normed, batch);
    if (observe && !convolution) observe(static_cast<int64_t>(i), mixed);
    rows = rows + mixed;
    rows = rows + FeedForward(layer, Norm(rows, layer.ffn_norm));
  }
  return Norm(rows, tensors_.embedding_norm);
}

at::Tensor LanguageModel::Logits(const at::Tensor& hidden) const {
  return at::linear(hidden, Head()).to(at::kFloat);
}

at::Tensor LanguageModel::LossSum(const PackedBatch& batch) const {
  return ChunkedCrossEntropy(Hidden(batch), Head(), batch.targets);
}

}  // namespace kani::train
