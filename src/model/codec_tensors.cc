#include "model/codec_tensors.h"

#include "base/error.h"

namespace kani::model {
namespace {

ConvolutionTensors Conv(std::string module, int64_t outputs, int64_t inputs, int64_t taps,
                        int64_t dilation = 1) {
  return {std::move(module), {outputs, inputs, taps}, outputs, dilation};
}

TensorSpec Alpha(const std::string& module, int64_t channels) {
  return {module + ".activation.snake_act.alpha", {1, channels / 2, 1}};
}

ResidualLayerTensors ResidualLayer(const std::string& module, int64_t channels,
                                   const std::vector<int64_t>& kernel_sizes,
                                   const std::vector<int64_t>& dilations, bool half_snake) {
  ResidualLayerTensors layer;
  for (size_t j = 0; j < kernel_sizes.size(); ++j) {
    std::vector<ResidualBlockTensors>& branch = layer.emplace_back();
    for (size_t m = 0; m < dilations.size(); ++m) {
      const std::string name = StrCat(module, ".res_blocks.", j, ".res_blocks.", m);
      const int64_t taps = kernel_sizes[j];
      branch.push_back(
          {.input_conv = Conv(name + ".input_conv.conv", channels, channels, taps, dilations[m]),
           .skip_conv = Conv(name + ".skip_conv.conv", channels, channels, taps)});
      if (!half_snake) continue;
      branch.back().input_alpha = Alpha(name + ".input_activation", channels);
      branch.back().skip_alpha = Alpha(name + ".skip_activation", channels);
    }
  }
  return layer;
}

/// Collects what belongs to layers.
class Collector {
 public:
  void Add(const TensorSpec& spec) {
    if (!spec.empty()) all_.push_back(spec);
  }
  void Add(const ConvolutionTensors& layer) {
    all_.push_back({layer.module + ".weight_g", {layer.weight[0], 1, 1}});
    all_.push_back({layer.module + ".weight_v", layer.weight});
    all_.push_back(layer.Bias());
  }
  void Add(const ResidualLayerTensors& layer) {
    for (const std::vector<ResidualBlockTensors>& branch : layer) {
      for (const ResidualBlockTensors& block : branch) {
        Add(block.input_alpha);
        Add(block.skip_alpha);
        Add(block.input_conv);
        Add(block.skip_conv);
      }
    }
  }
  std::vector<TensorSpec> Take() { return std::move(all_); }

 private:
  std::vector<TensorSpec> all_;
};

}  // namespace

CodecDecoderTensors::CodecDecoderTensors(const CodecDecoderConfig& config) {
  const std::string name = "audio_decoder.";
  int64_t channels = config.base_channels;
  pre_conv = Conv(name + "pre_conv.conv", channels, config.input_dim, config.in_kernel_size);
  for (size_t i = 0; i < config.up_sample_rates.size(); ++i) {
    Stage& stage = stages.emplace_back();
    stage.alpha = Alpha(StrCat(name, "activations.", i), channels);
    // A transposed convolution is stored [input channel, output channel of the group, tap].
    stage.upsampler = {StrCat(name, "up_sample_conv_layers.", i, ".conv"),
                       {channels, 1, 2 * config.up_sample_rates[i]},
                       channels / 2};
    channels /= 2;
    stage.residual =
        ResidualLayer(StrCat(name, "res_layers.", i), channels, config.resblock_kernel_sizes,
                      config.resblock_dilation_sizes, /*half_snake=*/true);
  }
  post_alpha = Alpha(name + "post_activation", channels);
  post_conv = Conv(name + "post_conv.conv", 1, channels, config.out_kernel_size);
}

CodecEncoderTensors::CodecEncoderTensors(const CodecEncoderConfig& config) {
  const std::string name = "audio_encoder.";
  int64_t channels = config.base_channels;
  pre_conv = Conv(name + "pre_conv.conv", channels, 1, config.in_kernel_size);
  for (size_t i = 0; i < config.down_sample_rates.size(); ++i) {
    stages.push_back({.residual = ResidualLayer(
                          StrCat(name, "res_layers.", i), channels, config.resblock_kernel_sizes,
                          config.resblock_dilation_sizes, /*half_snake=*/false),
                      .down = Conv(StrCat(name, "down_sample_conv_layers.", i, ".conv"),
                                   2 * channels, channels, 2 * config.down_sample_rates[i])});
    channels *= 2;
  }
  post_conv = Conv(name + "post_conv.conv", config.encoded_dim, channels, config.out_kernel_size);
}

CodecTensors::CodecTensors(const CodecConfig& config)
    : decoder(config.decoder), encoder(config.encoder) {
  const Shape shape{1, static_cast<int64_t>(config.num_levels_per_group.size()), 1};
  for (int64_t group = 0; group < config.num_groups; ++group) {
    const std::string name = StrCat("vector_quantizer.fsqs.", group, ".");
    quantizers.push_back({{name + "num_levels", shape}, {name + "dim_base_index", shape}});
  }
}

std::vector<TensorSpec> CodecTensors::All() const {
  Collector all;
  all.Add(encoder.pre_conv);
  for (const CodecEncoderTensors::Stage& stage : encoder.stages) {
    all.Add(stage.residual);
    all.Add(stage.down);
  }
  all.Add(encoder.post_conv);
  all.Add(decoder.pre_conv);
  for (const CodecDecoderTensors::Stage& stage : decoder.stages) {
    all.Add(stage.alpha);
    all.Add(stage.upsampler);
    all.Add(stage.residual);
  }
  all.Add(decoder.post_alpha);
  all.Add(decoder.post_conv);
  return all.Take();
}

}  // namespace kani::model
