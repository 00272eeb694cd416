// The tensors of a NanoCodec: NeMo's names, and the shapes that a configuration gives. Loading,
// training, random codecs and packing read them here and nowhere else.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/tensor.h"
#include "model/codec_config.h"

namespace kani::model {

/// A convolution whose weight is normalised (weight_norm.h).
struct ConvolutionTensors {
  std::string module;
  Shape weight;  // [outputs, inputs, taps]; of an upsampler [inputs, 1, taps], one group an output
  int64_t outputs = 0;
  int64_t dilation = 1;  // not in the file: how far apart the taps read

  TensorSpec Bias() const { return {module + ".bias", {outputs}}; }
};

struct ResidualBlockTensors {
  TensorSpec input_alpha, skip_alpha;  // [1, C / 2, 1]; the encoder's blocks have none
  ConvolutionTensors input_conv, skip_conv;
};

/// Parallel chains of blocks.
using ResidualLayerTensors = std::vector<std::vector<ResidualBlockTensors>>;

struct CodecDecoderTensors {
  explicit CodecDecoderTensors(const CodecDecoderConfig& config);

  struct Stage {
    TensorSpec alpha;              // [1, C / 2, 1]
    ConvolutionTensors upsampler;  // from C to C / 2 channels
    ResidualLayerTensors residual;
  };
  ConvolutionTensors pre_conv;
  std::vector<Stage> stages;
  TensorSpec post_alpha;  // [1, C / 2, 1]
  ConvolutionTensors post_conv;
};

struct CodecEncoderTensors {
  explicit CodecEncoderTensors(const CodecEncoderConfig& config);

  struct Stage {
    ResidualLayerTensors residual;
    ConvolutionTensors down;  // from C to 2C channels
  };
  ConvolutionTensors pre_conv;
  std::vector<Stage> stages;
  ConvolutionTensors post_conv;
};

/// Buffers of one codebook that repeat the configuration, both [1, dimensions, 1].
struct FsqTensors {
  TensorSpec num_levels, dim_base_index;
};

struct CodecTensors {
  explicit CodecTensors(const CodecConfig& config);

  CodecDecoderTensors decoder;
  CodecEncoderTensors encoder;
  std::vector<FsqTensors> quantizers;  // one a codebook

  /// Every float tensor as the published archives spell it: weight_g, weight_v, bias.
  std::vector<TensorSpec> All() const;
};

}  // namespace kani::model
