// config.json of the WavLM speaker encoder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace kani::model {

struct SpeakerConfig {
  int64_t hidden_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t intermediate_size = 0;
  std::vector<int64_t> conv_dim;
  std::vector<int64_t> conv_kernel;
  std::vector<int64_t> conv_stride;
  float layer_norm_eps = 1e-5f;
  int64_t num_conv_pos_embeddings = 128;
  int64_t num_conv_pos_embedding_groups = 16;
  int64_t num_buckets = 320;
  int64_t max_bucket_distance = 800;
  int64_t embd_size = 0;
  int64_t top_interm_size = 512;
};

/// Throws kInvalidFile naming the key; kUnsupported for a WavLM of another shape (group norm,
/// post-norm layers, convolution bias), which means another checkpoint.
SpeakerConfig ParseSpeakerConfig(std::string_view json, std::string source);
SpeakerConfig LoadSpeakerConfig(const std::filesystem::path& config_json);

}  // namespace kani::model
