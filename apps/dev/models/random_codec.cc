// Weights of the encoder and decoder under NeMo's names, weight-normalised in the old key style.
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "apps/dev/models/random_parts.h"
#include "apps/dev/models/random_tensors.h"
#include "base/error.h"
#include "model/nemo.h"

namespace kani::cli {
namespace {

/// Weight-normalised convolution in the old key style; ||v|| is folded into g by its typical size.
void AddConvolution(RandomTensors& weights, const std::string& name, Shape v, int64_t outputs,
                    double fan) {
  double norm_size = 1;
  for (size_t i = 1; i < v.size(); ++i) norm_size *= static_cast<double>(v[i]);
  weights.Add(name + ".weight_g", {v[0], 1, 1}, 0.0, std::sqrt(norm_size / fan));
  weights.Add(name + ".weight_v", std::move(v), 1.0);
  weights.Add(name + ".bias", {outputs}, 0.05);
}

void AddResidualLayer(RandomTensors& weights, const std::string& prefix, int64_t channels,
                      bool snake) {
  const int64_t kernels[] = {3, 7, 11};
  for (int j = 0; j < 3; ++j) {
    for (int m = 0; m < 3; ++m) {
      const std::string block = StrCat(prefix, ".res_blocks.", j, ".res_blocks.", m, ".");
      for (const char* part : {"input", "skip"}) {
        AddConvolution(weights, StrCat(block, part, "_conv.conv"), {channels, channels, kernels[j]},
                       channels, 2.0 * static_cast<double>(channels * kernels[j]));
        if (snake) {
          weights.Add(StrCat(block, part, "_activation.activation.snake_act.alpha"),
                      {1, channels / 2, 1}, 0.2, 1.0);
        }
      }
    }
  }
}

}  // namespace

void WriteRandomCodec(const std::filesystem::path& path) {
  RandomTensors weights(DType::kF32);
  const std::vector<int64_t> down{2, 3, 6, 7, 7}, up{7, 7, 6, 3, 2};
  int64_t channels = 24;
  AddConvolution(weights, "audio_encoder.pre_conv.conv", {channels, 1, 7}, channels, 7);
  for (int i = 0; i < 5; ++i, channels *= 2) {
    AddResidualLayer(weights, StrCat("audio_encoder.res_layers.", i), channels, false);
    const int64_t taps = 2 * down[static_cast<size_t>(i)];
    AddConvolution(weights, StrCat("audio_encoder.down_sample_conv_layers.", i, ".conv"),
                   {2 * channels, channels, taps}, 2 * channels,
                   static_cast<double>(channels * taps));
  }
  AddConvolution(weights, "audio_encoder.post_conv.conv", {16, channels, 7}, 16,
                 static_cast<double>(channels * 7));
  channels = 864;
  AddConvolution(weights, "audio_decoder.pre_conv.conv", {channels, 16, 7}, channels, 16 * 7);
  for (int i = 0; i < 5; ++i) {
    weights.Add(StrCat("audio_decoder.activations.", i, ".activation.snake_act.alpha"),
                {1, channels / 2, 1}, 0.2, 1.0);
    AddConvolution(weights, StrCat("audio_decoder.up_sample_conv_layers.", i, ".conv"),
                   {channels, 1, 2 * up[static_cast<size_t>(i)]}, channels / 2, 4);
    channels /= 2;
    AddResidualLayer(weights, StrCat("audio_decoder.res_layers.", i), channels, true);
  }
  weights.Add("audio_decoder.post_activation.activation.snake_act.alpha", {1, channels / 2, 1}, 0.2,
              1.0);
  AddConvolution(weights, "audio_decoder.post_conv.conv", {1, channels, 3}, 1,
                 9.0 * static_cast<double>(channels * 3));
  const std::string config = R"(sample_rate: 22050
samples_per_frame: 1764
audio_encoder:
  _target_: nemo.collections.tts.modules.audio_codec_modules.HiFiGANEncoder
  down_sample_rates: [2, 3, 6, 7, 7]
  encoded_dim: 16
  base_channels: 24
  activation: lrelu
  pad_mode: replicate
audio_decoder:
  _target_: nemo.collections.tts.modules.audio_codec_modules.CausalHiFiGANDecoder
  up_sample_rates: [7, 7, 6, 3, 2]
  input_dim: 16
  base_channels: 864
  activation: half_snake
  output_activation: clamp
  pad_mode: zeros
  n_groups_equal_to_out_channels: true
vector_quantizer:
  _target_: nemo.collections.tts.modules.audio_codec_modules.GroupFiniteScalarQuantizer
  num_groups: 4
  num_levels_per_group: [9, 8, 8, 7]
)";
  model::WriteNemo(path, config, weights.tensors());
}

}  // namespace kani::cli
