#include "model/lm_tensors.h"

#include "base/error.h"

namespace kani::model {
namespace {

LmLayerTensors Layer(const LmConfig& config, int64_t index) {
  const int64_t D = config.hidden_size, F = config.feed_forward_size, E = config.head_dim;
  const int64_t q_size = config.num_attention_heads * E, kv_size = config.num_key_value_heads * E;
  const auto spec = [&](std::string_view name, Shape shape) {
    return TensorSpec{StrCat("model.layers.", index, ".", name), std::move(shape)};
  };
  LmLayerTensors layer;
  layer.operator_norm = spec("operator_norm.weight", {D});
  if (config.layer_types[static_cast<size_t>(index)] == LayerType::kConvolution) {
    layer.in_proj = spec("conv.in_proj.weight", {3 * D, D});
    layer.conv = spec("conv.conv.weight", {D, 1, config.conv_L_cache});
    layer.out_proj = spec("conv.out_proj.weight", {D, D});
    if (config.conv_bias) {
      layer.in_proj_bias = spec("conv.in_proj.bias", {3 * D});
      layer.conv_bias = spec("conv.conv.bias", {D});
      layer.out_proj_bias = spec("conv.out_proj.bias", {D});
    }
  } else {
    layer.q_proj = spec("self_attn.q_proj.weight", {q_size, D});
    layer.k_proj = spec("self_attn.k_proj.weight", {kv_size, D});
    layer.v_proj = spec("self_attn.v_proj.weight", {kv_size, D});
    layer.q_layernorm = spec("self_attn.q_layernorm.weight", {E});
    layer.k_layernorm = spec("self_attn.k_layernorm.weight", {E});
    layer.out_proj = spec("self_attn.out_proj.weight", {D, q_size});
    if (config.use_learnable_rope) {
      layer.rope_scale = {StrCat("model.learnable_rope_layers.", index, ".alpha_weight"), {}};
    }
  }
  layer.ffn_norm = spec("ffn_norm.weight", {D});
  layer.w1 = spec("feed_forward.w1.weight", {F, D});
  layer.w3 = spec("feed_forward.w3.weight", {F, D});
  layer.w2 = spec("feed_forward.w2.weight", {D, F});
  return layer;
}

}  // namespace

LmTensors::LmTensors(const LmConfig& config)
    : embed_tokens{"model.embed_tokens.weight", {config.vocab_size, config.hidden_size}},
      speaker_emb_projection{"model.speaker_emb_projection.weight",
                             {config.hidden_size, config.speaker_emb_dim}},
      lm_head{"lm_head.weight", {config.vocab_size, config.hidden_size}},
      embedding_norm{"model.embedding_norm.weight", {config.hidden_size}} {
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) layers.push_back(Layer(config, i));
}

std::vector<TensorSpec> LmTensors::All(bool tied) const {
  std::vector<TensorSpec> all{embed_tokens, speaker_emb_projection};
  const auto add = [&](const TensorSpec& spec) {
    if (!spec.empty()) all.push_back(spec);
  };
  if (!tied) add(lm_head);
  for (const LmLayerTensors& layer : layers) {
    // The order of the first training runs, whose checkpoints go on.
    for (const TensorSpec* spec :
         {&layer.operator_norm, &layer.in_proj, &layer.conv, &layer.q_proj, &layer.k_proj,
          &layer.v_proj, &layer.q_layernorm, &layer.k_layernorm, &layer.out_proj,
          &layer.in_proj_bias, &layer.conv_bias, &layer.out_proj_bias, &layer.ffn_norm, &layer.w1,
          &layer.w3, &layer.w2}) {
      add(*spec);
    }
  }
  add(embedding_norm);
  for (const LmLayerTensors& layer : layers) add(layer.rope_scale);
  return all;
}

}  // namespace kani::model
