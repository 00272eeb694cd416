// model_config.yaml of a NanoCodec (.nemo) archive.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kani::model {

struct CodecEncoderConfig {
  std::vector<int64_t> down_sample_rates;
  int64_t encoded_dim = 0;
  int64_t base_channels = 0;
  std::vector<int64_t> resblock_kernel_sizes{3, 7, 11};
  std::vector<int64_t> resblock_dilation_sizes{1, 3, 5};
  int64_t in_kernel_size = 7;
  int64_t out_kernel_size = 7;
};

struct CodecDecoderConfig {
  std::vector<int64_t> up_sample_rates;
  int64_t input_dim = 0;
  int64_t base_channels = 0;
  std::vector<int64_t> resblock_kernel_sizes{3, 7, 11};
  std::vector<int64_t> resblock_dilation_sizes{1, 3, 5};
  int64_t in_kernel_size = 7;
  int64_t out_kernel_size = 3;
};

struct CodecConfig {
  int64_t sample_rate_hz = 0;
  int64_t samples_per_frame = 0;
  int64_t num_groups = 0;                     ///< codebooks
  std::vector<int64_t> num_levels_per_group;  ///< FSQ levels of each of a group's dimensions
  CodecEncoderConfig encoder;
  CodecDecoderConfig decoder;

  int64_t codebook_size() const {
    int64_t size = 1;
    for (int64_t levels : num_levels_per_group) size *= levels;
    return size;
  }
};

/// Accepts the fields at the top level or under `model:`. Throws kInvalidFile naming the key, or
/// kUnsupported for another encoder, decoder, quantiser, activation or padding than NanoCodec's.
CodecConfig ParseCodecConfig(std::string_view yaml, std::string source);
/// What the forward passes rely on, whoever made the configuration: the rates multiply to a frame,
/// the codebooks make up the latent. Throws kInvalidFile.
void RequireConsistent(const CodecConfig& config, const std::string& source);

}  // namespace kani::model
