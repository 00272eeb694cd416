// The layers that encoder and decoder are made of, and how they are read from a checkpoint. Weights
// only; running them is up to encoder.cc and decoder.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/trace.h"
#include "kernels/ops.h"
#include "model/codec_tensors.h"
#include "weights/weight_reader.h"

namespace kani::codec {

struct Convolution {
  std::unique_ptr<const kernels::Weights> weights;  // [N, taps, K]
  kernels::Buffer bias;                             // [N]
  int64_t dilation = 1;

  int64_t inputs() const { return weights->inputs(); }
  int64_t outputs() const { return weights->outputs(); }
  /// Rows of input beside the newest one that an output reads.
  int64_t context() const { return (weights->taps() - 1) * dilation; }
};

/// Transposed convolution with one group per output channel (Ops::GroupedUpsample).
struct Upsampler {
  kernels::Buffer weights;  // [2 * rate, C]
  kernels::Buffer bias;     // [C / 2]
  int64_t rate = 1;
};

/// y = x + skip_conv(act(input_conv(act(x)))). The alphas are the decoder's; the encoder's blocks
/// have none.
struct ResidualBlock {
  kernels::Buffer input_alpha, skip_alpha;  // [C / 2]
  Convolution input_conv, skip_conv;        // C -> C
};

/// Parallel chains of blocks on the same input, whose outputs are averaged.
using ResidualLayer = std::vector<std::vector<ResidualBlock>>;

/// y = average over branches of the chain of blocks on x, in the order of upstream: sum, then a
/// true division. All three are [T, C] with `count` elements and differ; x is overwritten.
/// @param run_block (block, values): one block in place.
template <typename RunBlock>
void AverageBranches(kernels::Ops& ops, const ResidualLayer& layer, float* x, float* scratch,
                     float* y, int64_t count, const RunBlock& run_block) {
  for (size_t j = 0; j < layer.size(); ++j) {
    // The first branch computes where the sum will be; the last one no longer needs x intact.
    float* values = j == 0 ? y : j + 1 == layer.size() ? x : scratch;
    if (values != x) ops.Copy(x, values, static_cast<size_t>(count));
    for (const ResidualBlock& block : layer[j]) run_block(block, values);
    if (j > 0) ops.Add(values, y, count);
  }
  ops.Divide(y, static_cast<float>(layer.size()), count);
}

/// The largest number of rows beside the newest that a convolution of the layer reads.
int64_t MaxContext(const ResidualLayer& layer);

// Throw kInvalidFile for a tensor that is missing, misshapen or not finite.
Convolution ReadConvolution(weights::WeightReader& reader,
                            const model::ConvolutionTensors& tensors);
Upsampler ReadUpsampler(weights::WeightReader& reader, const model::ConvolutionTensors& tensors);
ResidualLayer ReadResidualLayer(weights::WeightReader& reader,
                                const model::ResidualLayerTensors& tensors);

/// Shows device memory [rows, columns] if anybody watches.
void Show(kernels::Ops& ops, const Trace& trace, std::string_view name, const float* values,
          int64_t rows, int64_t columns);
/// The same for "<modules>.<index>".
void Show(kernels::Ops& ops, const Trace& trace, std::string_view modules, size_t index,
          const float* values, int64_t rows, int64_t columns);

}  // namespace kani::codec
