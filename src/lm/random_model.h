// Small language models with random weights, for tests.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lm/language_model.h"
#include "model/lm_tensors.h"
#include "model/random_tensors.h"

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
  return model::RandomTensors(model::LmTensors(config).All(config.tie_word_embeddings), seed);
}

inline std::unique_ptr<LanguageModel> ModelOf(kernels::Device& device,
                                              const model::LmConfig& config,
                                              std::vector<formats::NamedTensor> tensors,
                                              std::optional<kernels::WeightFormat> format) {
  auto store = std::make_unique<model::MemoryStore>(std::move(tensors));
  return std::make_unique<LanguageModel>(device, config, std::move(store), format);
}

inline std::unique_ptr<LanguageModel> RandomModel(kernels::Device& device,
                                                  const model::LmConfig& config,
                                                  kernels::WeightFormat format, uint64_t seed) {
  return ModelOf(device, config, RandomTensors(config, seed), format);
}

}  // namespace kani::lm
