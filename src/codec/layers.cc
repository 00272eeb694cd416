#include "codec/layers.h"

#include <algorithm>

#include "base/error.h"

namespace kani::codec {

using weights::WeightReader;

int64_t MaxContext(const ResidualLayer& layer) {
  int64_t rows = 0;
  for (const std::vector<ResidualBlock>& branch : layer) {
    for (const ResidualBlock& block : branch) {
      rows = std::max({rows, block.input_conv.context(), block.skip_conv.context()});
    }
  }
  return rows;
}

Convolution ReadConvolution(WeightReader& reader, const model::ConvolutionTensors& tensors) {
  const Shape& shape = tensors.weight;
  const std::vector<float> stored = reader.Normalised(tensors.module, shape, /*axis=*/0);
  return {.weights = reader.Pack(stored, shape[0], shape[1], shape[2]),
          .bias = reader.Vector(tensors.Bias()),
          .dilation = tensors.dilation};
}

Upsampler ReadUpsampler(WeightReader& reader, const model::ConvolutionTensors& tensors) {
  const std::vector<float> stored = reader.Normalised(tensors.module, tensors.weight, /*axis=*/0);
  const auto channels = static_cast<size_t>(tensors.weight[0]);
  const size_t taps = stored.size() / channels;
  std::vector<float> weights(stored.size());  // [C, taps] -> [taps, C]
  for (size_t c = 0; c < channels; ++c) {
    for (size_t tap = 0; tap < taps; ++tap) weights[tap * channels + c] = stored[c * taps + tap];
  }
  return {.weights = reader.Upload(weights),
          .bias = reader.Vector(tensors.Bias()),
          .rate = tensors.weight[2] / 2};
}

ResidualLayer ReadResidualLayer(WeightReader& reader, const model::ResidualLayerTensors& tensors) {
  ResidualLayer layer;
  for (const std::vector<model::ResidualBlockTensors>& blocks : tensors) {
    std::vector<ResidualBlock>& branch = layer.emplace_back();
    for (const model::ResidualBlockTensors& block : blocks) {
      ResidualBlock& read = branch.emplace_back();
      if (!block.input_alpha.empty()) {
        read.input_alpha = reader.Vector(block.input_alpha);
        read.skip_alpha = reader.Vector(block.skip_alpha);
      }
      read.input_conv = ReadConvolution(reader, block.input_conv);
      read.skip_conv = ReadConvolution(reader, block.skip_conv);
    }
  }
  return layer;
}

void Show(kernels::Ops& ops, const Trace& trace, std::string_view name, const float* values,
          int64_t rows, int64_t columns) {
  if (!trace) return;
  std::vector<float> host(static_cast<size_t>(rows * columns));
  ops.Download(values, host);
  trace(name, host.data(), rows, columns);
}

void Show(kernels::Ops& ops, const Trace& trace, std::string_view modules, size_t index,
          const float* values, int64_t rows, int64_t columns) {
  if (trace) Show(ops, trace, StrCat(modules, ".", index), values, rows, columns);
}

}  // namespace kani::codec
