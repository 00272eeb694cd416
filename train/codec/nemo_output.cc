#include "train/codec/nemo_output.h"

#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/nemo.h"

namespace kani::train {

namespace {

std::string List(const std::vector<int64_t>& values) {
  std::string text = "[";
  for (const int64_t value : values) text += StrCat(text.size() > 1 ? ", " : "", value);
  return text + "]";
}

/// The keys that encoder and decoder share.
template <typename Part>
std::string Sizes(const Part& part) {
  return StrCat("  base_channels: ", part.base_channels,
                "\n  resblock_kernel_sizes: ", List(part.resblock_kernel_sizes),
                "\n  resblock_dilation_sizes: ", List(part.resblock_dilation_sizes),
                "\n  in_kernel_size: ", part.in_kernel_size,
                "\n  out_kernel_size: ", part.out_kernel_size, "\n");
}

}  // namespace

std::string CodecConfigYaml(const model::CodecConfig& config) {
  constexpr std::string_view kModules = "nemo.collections.tts.modules.audio_codec_modules.";
  return StrCat("sample_rate: ", config.sample_rate_hz,
                "\nsamples_per_frame: ", config.samples_per_frame,
                "\naudio_encoder:\n  _target_: ", kModules, "HiFiGANEncoder",
                "\n  down_sample_rates: ", List(config.encoder.down_sample_rates),
                "\n  encoded_dim: ", config.encoder.encoded_dim,
                "\n  activation: lrelu\n  pad_mode: replicate\n", Sizes(config.encoder),
                "audio_decoder:\n  _target_: ", kModules, "CausalHiFiGANDecoder",
                "\n  up_sample_rates: ", List(config.decoder.up_sample_rates),
                "\n  input_dim: ", config.decoder.input_dim,
                "\n  activation: half_snake\n  output_activation: clamp\n  pad_mode: zeros\n"
                "  n_groups_equal_to_out_channels: true\n",
                Sizes(config.decoder), "vector_quantizer:\n  _target_: ", kModules,
                "GroupFiniteScalarQuantizer\n  num_groups: ", config.num_groups,
                "\n  num_levels_per_group: ", List(config.num_levels_per_group), "\n");
}

void WriteCodec(const std::filesystem::path& path, const CodecNetwork& network) {
  model::WriteNemo(path, CodecConfigYaml(network.config()), network.parameters().Tensors());
}

}  // namespace kani::train
