// NanoCodec on LibTorch, for training: encoder, quantiser and causal decoder. The same network as
// src/codec, which tests compare it with; weights by NeMo's names, weight normalisation unfolded.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>

#include "model/codec_config.h"
#include "model/codec_tensors.h"
#include "train/nn/parameters.h"

namespace kani::train {

class CodecNetwork {
 public:
  /// Weights of zeros. @param compute fp32 or bf16: of feature maps and convolutions; quantiser and
  /// samples are fp32
  CodecNetwork(const model::CodecConfig& config, at::ScalarType compute,
               at::Device device = at::kCPU);

  const model::CodecConfig& config() const { return config_; }
  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

  /// Sees the output [B, L, C] of every convolution that stands in no residual block. The output is
  /// made again afterwards, with what was done to the weights.
  using Watch = std::function<void(const model::ConvolutionTensors&, const at::Tensor& output)>;

  /// @param samples [B, S], S a multiple of samples_per_frame. @return [B, F, D] fp32
  at::Tensor Latent(const at::Tensor& samples, const Watch& watch = {}) const;

  struct Quantised {
    at::Tensor values;  ///< [B, F, D] in [-1, 1]; gradients pass as if nothing had been rounded
    at::Tensor levels;  ///< [B, F, D] whole numbers, counted from the middle; no gradient
  };
  Quantised Quantise(const at::Tensor& latent) const;
  /// @param levels as above. @return [B, F, Q] int64
  at::Tensor Codes(const at::Tensor& levels) const;
  /// @param codes [B, F, Q]. @return [B, F, D]
  at::Tensor Values(const at::Tensor& codes) const;

  /// @param values [B, F, D]. @return [B, S] fp32 in [-1, 1]
  at::Tensor Decode(const at::Tensor& values, const Watch& watch = {}) const;

 private:
  at::Tensor Run(const model::ConvolutionTensors& layer, const at::Tensor& padded, int64_t stride,
                 const Watch& watch = {}) const;
  at::Tensor Weight(const model::ConvolutionTensors& layer) const;
  at::Tensor EncoderLayer(const model::ResidualLayerTensors& layer, const at::Tensor& x) const;
  at::Tensor DecoderLayer(const model::ResidualLayerTensors& layer, const at::Tensor& x) const;

  model::CodecConfig config_;
  model::CodecTensors tensors_;
  at::ScalarType compute_;
  Parameters parameters_;
  at::Tensor scale_, offset_, shift_, half_, sizes_, bases_;  // [dimensions] of a codebook
};

/// Operations of convolutions in one forward pass, a multiplication and an addition each, for one
/// frame. Those of a step: three times as many.
double CodecFlopsPerFrame(const model::CodecConfig& config);

}  // namespace kani::train
