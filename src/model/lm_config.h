// config.json of a KaniTTS2 language model, in both dialects.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model/token_layout.h"

namespace kani::model {

enum class LayerType { kConvolution, kAttention };

/// Everything the forward pass needs to know; field names are those of the checkpoints.
struct LmConfig {
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;
  int64_t head_dim = 0;  ///< hidden_size / num_attention_heads
  std::vector<LayerType> layer_types;
  int64_t feed_forward_size =
      0;                     ///< effective width after the adjustment rules; w1's shape decides
  int64_t conv_L_cache = 3;  ///< taps of the short convolution
  bool conv_bias = false;
  float norm_eps = 1e-5f;
  double rope_theta = 1e6;
  int64_t max_position_embeddings = 0;
  bool tie_word_embeddings = true;
  std::string dtype;  ///< "bfloat16", "float32", or "" when the file does not say

  TokenLayout tokens;
  double audio_step = 1.0;
  bool use_learnable_rope = false;
  double alpha_min = 0.1;
  double alpha_max = 2.0;
  int64_t speaker_emb_dim = 128;
  std::vector<std::string> language_tags;  ///< empty: the model has no tags

  /// What versions of the official library understand differently, for people.
  std::vector<std::string> warnings;

  int64_t num_hidden_layers() const { return static_cast<int64_t>(layer_types.size()); }
};

/// Throws kInvalidFile naming the key, expected and found; kUnsupported for another model_type.
LmConfig ParseLmConfig(std::string_view json, std::string source);
LmConfig LoadLmConfig(const std::filesystem::path& config_json);

}  // namespace kani::model
