#include "lm/weights.h"

#include <utility>

#include "base/elementary.h"
#include "model/lm_tensors.h"
#include "weights/weight_reader.h"

namespace kani::lm {

using kernels::WeightFormat;
using weights::WeightReader;

namespace {

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

/// Attention mixer: q, k and v as one matrix, norms of their heads, frequencies.
void ReadAttention(WeightReader& reader, const model::LmConfig& config,
                   const model::LmLayerTensors& tensors, std::optional<WeightFormat> format,
                   LayerWeights& layer) {
  layer.qkv = reader.Stack(tensors.Qkv(), format);
  std::vector<float> head_norm;
  const auto append = [&](const TensorSpec& spec, int64_t heads) {
    const std::vector<float> norm = reader.Floats(spec);
    for (int64_t h = 0; h < heads; ++h) head_norm.insert(head_norm.end(), norm.begin(), norm.end());
  };
  append(tensors.q_layernorm, config.num_attention_heads);
  append(tensors.k_layernorm, config.num_key_value_heads);
  layer.head_norm = reader.Upload(head_norm);
  std::optional<float> alpha;
  if (!tensors.rope_scale.empty()) alpha = reader.Scalar(tensors.rope_scale);
  layer.inv_freq = reader.Upload(InverseFrequencies(config, alpha));
}

/// Short-convolution mixer.
void ReadConvolution(WeightReader& reader, const model::LmLayerTensors& tensors,
                     std::optional<WeightFormat> format, LayerWeights& layer) {
  layer.in_proj = reader.Matrix(tensors.in_proj, format);
  const std::vector<float> stored = reader.Floats(tensors.conv);
  const auto channels = static_cast<size_t>(tensors.conv.shape[0]);
  const size_t tap_count = stored.size() / channels;
  std::vector<float> taps(stored.size());  // [D, L] -> [L, D]
  for (size_t c = 0; c < channels; ++c) {
    for (size_t j = 0; j < tap_count; ++j) taps[j * channels + c] = stored[c * tap_count + j];
  }
  layer.taps = reader.Upload(taps);
  if (tensors.in_proj_bias.empty()) return;
  layer.in_bias = reader.Vector(tensors.in_proj_bias);
  layer.tap_bias = reader.Vector(tensors.conv_bias);
  layer.out_bias = reader.Vector(tensors.out_proj_bias);
}

LayerWeights ReadLayer(WeightReader& reader, const model::LmConfig& config,
                       const model::LmLayerTensors& tensors, std::optional<WeightFormat> format) {
  LayerWeights layer;
  layer.operator_norm = reader.Vector(tensors.operator_norm);
  if (tensors.in_proj.empty()) {
    ReadAttention(reader, config, tensors, format, layer);
  } else {
    ReadConvolution(reader, tensors, format, layer);
  }
  layer.out_proj = reader.Matrix(tensors.out_proj, format);
  layer.ffn_norm = reader.Vector(tensors.ffn_norm);
  layer.gate_up = reader.Stack(tensors.GateUp(), format);
  layer.down = reader.Matrix(tensors.w2, format);
  return layer;
}

/// Embedding, head, final norm and speaker projection.
void ReadEnds(WeightReader& reader, const model::LmConfig& config, const model::LmTensors& tensors,
              ModelWeights& weights) {
  weights.embedding = &reader.Get(tensors.embed_tokens);
  const TensorView* head = reader.Find(tensors.lm_head);
  weights.head = head == nullptr ? tensors.embed_tokens : tensors.lm_head;
  // The official loader shares one tensor when tied and loads the head last: it wins.
  if (config.tie_word_embeddings && head != nullptr) weights.embedding = head;
  weights.final_norm = reader.Vector(tensors.embedding_norm);
  const TensorSpec& projection = tensors.speaker_emb_projection;
  if (config.use_learnable_rope || reader.Find(projection) != nullptr) {
    weights.speaker_projection = reader.Floats(projection);
  }
}

}  // namespace

ModelWeights LoadWeights(kernels::Device& device, model::LmConfig config,
                         std::unique_ptr<formats::TensorStore> store,
                         std::optional<WeightFormat> format) {
  ModelWeights weights;
  weights.store = std::move(store);
  WeightReader reader(device, *weights.store);
  // Some conversions store the unadjusted width in the config, so the first layer's tensor decides.
  if (!config.layer_types.empty()) {
    const TensorSpec w1 = model::LmTensors(config).layers[0].w1;
    config.feed_forward_size = reader.Get({w1.name, {-1, config.hidden_size}}).shape[0];
  }
  weights.feed_forward_size = config.feed_forward_size;
  const model::LmTensors tensors(config);
  ReadEnds(reader, config, tensors, weights);
  const size_t ends = reader.bytes();
  for (const model::LmLayerTensors& layer : tensors.layers) {
    weights.layers.push_back(ReadLayer(reader, config, layer, format));
  }
  weights.layer_bytes = reader.bytes() - ends;
  reader.RejectUnknown();
  return weights;
}

}  // namespace kani::lm
