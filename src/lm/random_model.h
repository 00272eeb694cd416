// Small language models with random weights, for tests.
#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <memory>

#include "base/random.h"
#include "formats/safetensors.h"
#include "lm/language_model.h"

namespace kani::lm {

/// Five layers, convolution and attention, 2 query heads per key head, `codebooks` codebooks.
inline model::LmConfig RandomModelConfig(int32_t codebooks) {
  using enum model::LayerType;
  model::LmConfig config;
  config.hidden_size = 48;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 12;
  config.layer_types = {kConvolution, kAttention, kConvolution, kConvolution, kAttention};
  config.feed_forward_size = 80;
  config.max_position_embeddings = 512;
  config.use_learnable_rope = true;
  config.speaker_emb_dim = 16;
  config.tokens = {
      .text_vocab_size = 40, .audio_tokens_start = 50, .codebooks = codebooks, .codebook_size = 24};
  config.vocab_size = config.tokens.vocab_size();
  return config;
}

/// Drawn from `seed` and stored as fp32.
inline std::vector<formats::NamedTensor> RandomTensors(const model::LmConfig& config,
                                                       uint64_t seed) {
  std::vector<formats::NamedTensor> tensors;
  const auto add = [&](std::string name, Shape shape, double scale, double mean = 0.0) {
    const CounterRandom random(seed, tensors.size());
    std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(mean + scale * random.Normal(i));
    }
    tensors.push_back(formats::FloatTensor(std::move(name), std::move(shape), values));
  };
  const int64_t d = config.hidden_size, e = config.head_dim, f = config.feed_forward_size;
  const double fan = 1.0 / std::sqrt(static_cast<double>(d));
  add("model.embed_tokens.weight", {config.vocab_size, d}, 4 * fan);
  add("model.embedding_norm.weight", {d}, 0.2, 1.0);
  add("model.speaker_emb_projection.weight", {d, config.speaker_emb_dim}, 1.0);
  for (int64_t i = 0; i < config.num_hidden_layers(); ++i) {
    const std::string prefix = "model.layers." + std::to_string(i) + ".";
    add(prefix + "operator_norm.weight", {d}, 0.2, 1.0);
    add(prefix + "ffn_norm.weight", {d}, 0.2, 1.0);
    add(prefix + "feed_forward.w1.weight", {f, d}, fan);
    add(prefix + "feed_forward.w3.weight", {f, d}, fan);
    add(prefix + "feed_forward.w2.weight", {d, f}, fan);
    if (config.layer_types[static_cast<size_t>(i)] == model::LayerType::kAttention) {
      const std::string attention = prefix + "self_attn.";
      add(attention + "q_proj.weight", {config.num_attention_heads * e, d}, fan);
      add(attention + "k_proj.weight", {config.num_key_value_heads * e, d}, fan);
      add(attention + "v_proj.weight", {config.num_key_value_heads * e, d}, fan);
      add(attention + "out_proj.weight", {d, config.num_attention_heads * e}, fan);
      add(attention + "q_layernorm.weight", {e}, 0.2, 1.0);
      add(attention + "k_layernorm.weight", {e}, 0.2, 1.0);
      add("model.learnable_rope_layers." + std::to_string(i) + ".alpha_weight", {}, 1.0);
    } else {
      add(prefix + "conv.in_proj.weight", {3 * d, d}, fan);
      add(prefix + "conv.conv.weight", {d, 1, config.conv_L_cache}, 0.6);
      add(prefix + "conv.out_proj.weight", {d, d}, fan);
    }
  }
  return tensors;
}

inline std::unique_ptr<LanguageModel> ModelOf(kernels::Device& device,
                                              const model::LmConfig& config,
                                              std::span<const formats::NamedTensor> tensors,
                                              std::optional<kernels::WeightFormat> format) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("kani_random_model_" + std::to_string(::getpid()) + ".safetensors");
  formats::WriteSafetensors(path, tensors);
  auto store = formats::OpenSafetensors(path);  // stays mapped after the name is gone
  std::filesystem::remove(path);
  return std::make_unique<LanguageModel>(device, config, std::move(store), format);
}

inline std::unique_ptr<LanguageModel> RandomModel(kernels::Device& device,
                                                  const model::LmConfig& config,
                                                  kernels::WeightFormat format, uint64_t seed) {
  return ModelOf(device, config, RandomTensors(config, seed), format);
}

}  // namespace kani::lm
