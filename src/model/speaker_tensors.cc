#include "model/speaker_tensors.h"

#include <string>

#include "base/error.h"

namespace kani::model {
namespace {

constexpr int64_t kGateRows = 8;  // upstream's two groups of four

WeightAndBias Dense(const std::string& module, int64_t outputs, int64_t inputs) {
  return {{module + ".weight", {outputs, inputs}}, {module + ".bias", {outputs}}};
}

WeightAndBias Norm(const std::string& module, int64_t size) {
  return {{module + ".weight", {size}}, {module + ".bias", {size}}};
}

/// A convolution of one tap, in which the head is stored.
WeightAndBias Affine(const std::string& module, int64_t outputs, int64_t inputs) {
  return {{module + ".weight", {outputs, inputs, 1}}, {module + ".bias", {outputs}}};
}

BatchNormTensors BatchNorm(const std::string& module, int64_t size) {
  return {{module + ".running_mean", {size}}, {module + ".running_var", {size}}};
}

SpeakerLayerTensors Layer(const SpeakerConfig& config, int64_t index) {
  const int64_t D = config.hidden_size, F = config.intermediate_size;
  const int64_t heads = config.num_attention_heads;
  const std::string name = StrCat("wavlm.encoder.layers.", index, ".");
  const std::string attention = name + "attention.", feed_forward = name + "feed_forward.";
  return {.layer_norm = Norm(name + "layer_norm", D),
          .q_proj = Dense(attention + "q_proj", D, D),
          .k_proj = Dense(attention + "k_proj", D, D),
          .v_proj = Dense(attention + "v_proj", D, D),
          .out_proj = Dense(attention + "out_proj", D, D),
          .gru_rel_pos_linear = Dense(attention + "gru_rel_pos_linear", kGateRows, D / heads),
          .gru_rel_pos_const = {attention + "gru_rel_pos_const", {1, heads, 1, 1}},
          .final_layer_norm = Norm(name + "final_layer_norm", D),
          .intermediate_dense = Dense(feed_forward + "intermediate_dense", F, D),
          .output_dense = Dense(feed_forward + "output_dense", D, F)};
}

}  // namespace

SpeakerTensors::SpeakerTensors(const SpeakerConfig& config)
    : final_norm(Norm("wavlm.encoder.layer_norm", config.hidden_size)),
      affine1(Affine("top_layers.affine1", config.top_interm_size, 2 * config.hidden_size)),
      affine2(Affine("top_layers.affine2", config.embd_size, config.top_interm_size)),
      batchnorm1(BatchNorm("top_layers.batchnorm1", config.top_interm_size)),
      batchnorm2(BatchNorm("top_layers.batchnorm2", config.embd_size)) {
  const int64_t D = config.hidden_size;
  int64_t channels = 1;
  for (size_t i = 0; i < config.conv_dim.size(); ++i) {
    const std::string name = StrCat("wavlm.feature_extractor.conv_layers.", i, ".");
    feature_extractor.push_back(
        {.conv = {name + "conv.weight", {config.conv_dim[i], channels, config.conv_kernel[i]}},
         .layer_norm = Norm(name + "layer_norm", config.conv_dim[i])});
    channels = config.conv_dim[i];
  }
  projection_norm = Norm("wavlm.feature_projection.layer_norm", channels);
  projection = Dense("wavlm.feature_projection.projection", D, channels);
  positional_weight = {D, D / config.num_conv_pos_embedding_groups, config.num_conv_pos_embeddings};
  positional_bias = {StrCat(positional_module, ".bias"), {D}};
  rel_attn_embed = {"wavlm.encoder.layers.0.attention.rel_attn_embed.weight",
                    {config.num_buckets, config.num_attention_heads}};
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) layers.push_back(Layer(config, i));
}

std::vector<TensorSpec> SpeakerTensors::All() const {
  std::vector<TensorSpec> all;
  const auto add = [&](const WeightAndBias& both) {
    all.push_back(both.weight);
    all.push_back(both.bias);
  };
  for (const FeatureLayer& layer : feature_extractor) {
    all.push_back(layer.conv);
    add(layer.layer_norm);
  }
  add(projection_norm);
  add(projection);
  all.push_back({StrCat(positional_module, ".weight_g"), {1, 1, positional_weight[2]}});
  all.push_back({StrCat(positional_module, ".weight_v"), positional_weight});
  all.push_back(positional_bias);
  all.push_back(rel_attn_embed);
  for (const SpeakerLayerTensors& layer : layers) {
    for (const WeightAndBias* part :
         {&layer.layer_norm, &layer.q_proj, &layer.k_proj, &layer.v_proj, &layer.out_proj,
          &layer.gru_rel_pos_linear, &layer.final_layer_norm, &layer.intermediate_dense,
          &layer.output_dense}) {
      add(*part);
    }
    all.push_back(layer.gru_rel_pos_const);
  }
  add(final_norm);
  add(affine1);
  add(affine2);
  for (const BatchNormTensors* norm : {&batchnorm1, &batchnorm2}) {
    all.push_back(norm->running_mean);
    all.push_back(norm->running_var);
  }
  return all;
}

bool IsSpeakerTrainingTensor(std::string_view name) {
  return name == "wavlm.masked_spec_embed" || name.ends_with(".num_batches_tracked");
}

}  // namespace kani::model
