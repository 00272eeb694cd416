#include "train/codec/codec_network.h"

#include <ATen/ATen.h>

#include <cmath>
#include <utility>
#include <vector>

#include "train/codec/layers.h"

namespace kani::train {

namespace {

constexpr double kShrink = 0.999;  // NeMo's 1 - eps; see src/codec/fsq.cc

/// Rows beside the newest that a convolution reads.
int64_t Context(const model::ConvolutionTensors& layer) {
  return (layer.weight[2] - 1) * layer.dilation;
}

at::Tensor Average(std::vector<at::Tensor> branches) {
  at::Tensor sum = branches[0];
  for (size_t i = 1; i < branches.size(); ++i) sum = sum + branches[i];
  return branches.size() == 1 ? sum : sum / static_cast<double>(branches.size());
}

at::Tensor PerDigit(const std::vector<double>& values, at::Device device) {
  return at::tensor(values, at::kDouble).to(at::kFloat).to(device);
}

}  // namespace

CodecNetwork::CodecNetwork(const model::CodecConfig& config, at::ScalarType compute,
                           at::Device device)
    : config_(config), tensors_(config), compute_(compute), parameters_(tensors_.All(), device) {
  std::vector<double> scales, offsets, shifts, halves, sizes, bases;
  double base = 1;
  for (const int64_t levels : config.num_levels_per_group) {
    scales.push_back(static_cast<double>(levels - 1) / 2 * kShrink);
    offsets.push_back(levels % 2 == 0 ? 0.5 : 0.0);
    shifts.push_back(std::tan(offsets.back() / scales.back()));
    halves.push_back(static_cast<double>(levels / 2));
    sizes.push_back(static_cast<double>(levels));
    bases.push_back(base);
    base *= static_cast<double>(levels);
  }
  scale_ = PerDigit(scales, device);
  offset_ = PerDigit(offsets, device);
  shift_ = PerDigit(shifts, device);
  half_ = PerDigit(halves, device);
  sizes_ = PerDigit(sizes, device);
  bases_ = PerDigit(bases, device);
}

at::Tensor CodecNetwork::Weight(const model::ConvolutionTensors& layer) const {
  return at::_weight_norm(parameters_.Get(layer.module + ".weight_v"),
                          parameters_.Get(layer.module + ".weight_g"), 0);
}

at::Tensor CodecNetwork::Run(const model::ConvolutionTensors& layer, const at::Tensor& padded,
                             int64_t stride, const Watch& watch) const {
  const auto run = [&] {
    return Convolve(padded, Weight(layer), parameters_.Get(layer.module + ".bias"), stride,
                    layer.dilation);
  };
  if (!watch) return run();
  watch(layer, run());
  return run();
}

at::Tensor CodecNetwork::EncoderLayer(const model::ResidualLayerTensors& layer,
                                      const at::Tensor& x) const {
  std::vector<at::Tensor> branches;
  for (const auto& blocks : layer) {
    at::Tensor y = x;
    for (const model::ResidualBlockTensors& block : blocks) {
      const int64_t input = Context(block.input_conv) / 2, skip = Context(block.skip_conv) / 2;
      const at::Tensor hidden = Run(block.input_conv, PaddedLeakyRelu(y, input, input), 1);
      y = y + Run(block.skip_conv, PaddedLeakyRelu(hidden, skip, skip), 1);
    }
    branches.push_back(y);
  }
  return Average(std::move(branches));
}

at::Tensor CodecNetwork::Latent(const at::Tensor& samples, const Watch& watch) const {
  const model::CodecEncoderTensors& encoder = tensors_.encoder;
  const int64_t side = Context(encoder.pre_conv) / 2;
  // Samples are padded as they are, not activated: by repeating those at the ends.
  const at::Tensor padded =
      at::replication_pad1d(samples.unsqueeze(1), {side, side}).transpose(1, 2).to(compute_);
  at::Tensor x = Run(encoder.pre_conv, padded, 1, watch);
  for (size_t i = 0; i < encoder.stages.size(); ++i) {
    const int64_t rate = config_.encoder.down_sample_rates[i], length = x.size(1) / rate;
    x = EncoderLayer(encoder.stages[i].residual, x);
    const int64_t pad = (rate + 1) / 2;
    x = Run(encoder.stages[i].down, PaddedLeakyRelu(x, pad, pad), rate, watch).narrow(1, 0, length);
  }
  const int64_t last = Context(encoder.post_conv) / 2;
  return Run(encoder.post_conv, PaddedLeakyRelu(x, last, last), 1, watch).to(at::kFloat);
}

CodecNetwork::Quantised CodecNetwork::Quantise(const at::Tensor& latent) const {
  const at::Tensor x =
      latent.view({latent.size(0), latent.size(1), config_.num_groups, scale_.size(0)});
  const at::Tensor bounded = scale_ * (x + shift_).tanh() - offset_;
  const at::Tensor levels = bounded.detach().round();
  return {((bounded + (levels - bounded.detach())) / half_).flatten(2), levels.flatten(2)};
}

at::Tensor CodecNetwork::Codes(const at::Tensor& levels) const {
  const at::Tensor digits =
      levels.view({levels.size(0), levels.size(1), config_.num_groups, half_.size(0)}) + half_;
  return (digits * bases_).sum(-1).to(at::kLong);
}

at::Tensor CodecNetwork::Values(const at::Tensor& codes) const {
  const at::Tensor digits = at::remainder((codes.unsqueeze(-1) / bases_).floor(), sizes_);
  return ((digits - half_) / half_).to(at::kFloat).flatten(2);
}

at::Tensor CodecNetwork::DecoderLayer(const model::ResidualLayerTensors& layer,
                                      const at::Tensor& x) const {
  std::vector<at::Tensor> branches;
  for (const auto& blocks : layer) {
    at::Tensor y = x;
    for (const model::ResidualBlockTensors& block : blocks) {
      const auto activate = [&](const at::Tensor& in, const TensorSpec& alpha,
                                const model::ConvolutionTensors& next) {
        return PaddedHalfSnake(in, parameters_.Get(alpha.name), Context(next));
      };
      const at::Tensor hidden =
          Run(block.input_conv, activate(y, block.input_alpha, block.input_conv), 1);
      y = y + Run(block.skip_conv, activate(hidden, block.skip_alpha, block.skip_conv), 1);
    }
    branches.push_back(y);
  }
  return Average(std::move(branches));
}

at::Tensor CodecNetwork::Decode(const at::Tensor& values, const Watch& watch) const {
  const model::CodecDecoderTensors& decoder = tensors_.decoder;
  const at::Tensor padded =
      at::constant_pad_nd(values.to(compute_), {0, 0, Context(decoder.pre_conv), 0});
  at::Tensor x = Run(decoder.pre_conv, padded, 1, watch);
  for (const model::CodecDecoderTensors::Stage& stage : decoder.stages) {
    const at::Tensor activated = PaddedHalfSnake(x, parameters_.Get(stage.alpha.name), 0);
    const auto run = [&] {
      return GroupedUpsample(activated, Weight(stage.upsampler),
                             parameters_.Get(stage.upsampler.module + ".bias"));
    };
    if (watch) watch(stage.upsampler, run());
    x = DecoderLayer(stage.residual, run());
  }
  const at::Tensor last =
      PaddedHalfSnake(x, parameters_.Get(decoder.post_alpha.name), Context(decoder.post_conv));
  return Run(decoder.post_conv, last, 1, watch).squeeze(2).to(at::kFloat).clamp(-1, 1);
}

double CodecFlopsPerFrame(const model::CodecConfig& config) {
  const model::CodecTensors tensors(config);
  double flops = 0;
  const auto add = [&](const model::ConvolutionTensors& layer, int64_t rows) {
    flops += 2.0 * static_cast<double>(ElementCount(layer.weight) * rows);
  };
  const auto add_all = [&](const model::ResidualLayerTensors& layer, int64_t rows) {
    for (const auto& branch : layer) {
      for (const model::ResidualBlockTensors& block : branch) {
        add(block.input_conv, rows);
        add(block.skip_conv, rows);
      }
    }
  };
  int64_t rows = config.samples_per_frame;
  add(tensors.encoder.pre_conv, rows);
  for (size_t i = 0; i < tensors.encoder.stages.size(); ++i) {
    add_all(tensors.encoder.stages[i].residual, rows);
    rows /= config.encoder.down_sample_rates[i];
    add(tensors.encoder.stages[i].down, rows);
  }
  add(tensors.encoder.post_conv, 1);
  add(tensors.decoder.pre_conv, rows = 1);
  for (size_t i = 0; i < tensors.decoder.stages.size(); ++i) {
    add(tensors.decoder.stages[i].upsampler, rows);
    rows *= config.decoder.up_sample_rates[i];
    add_all(tensors.decoder.stages[i].residual, rows);
  }
  add(tensors.decoder.post_conv, rows);
  return flops;
}

}  // namespace kani::train
