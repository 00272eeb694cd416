#include "codec/layers.h"

#include <algorithm>

#include "base/error.h"
#include "model/weight_norm.h"

namespace kani::codec {

using kernels::Buffer;

int64_t MaxContext(const ResidualLayer& layer) {
  int64_t rows = 0;
  for (const std::vector<ResidualBlock>& branch : layer) {
    for (const ResidualBlock& block : branch) {
      rows = std::max({rows, block.input_conv.context(), block.skip_conv.context()});
    }
  }
  return rows;
}

std::vector<float> LayerReader::ReadWeight(const std::string& module, const Shape& shape) {
  for (const char* spelling :
       {".weight", ".weight_g", ".weight_v", ".parametrizations.weight.original0",
        ".parametrizations.weight.original1"}) {
    known_.insert(module + spelling);
  }
  std::vector<float> weight = model::ReadNormalisedWeight(store_, module, shape, /*axis=*/0);
  store_.RequireFinite(module + ".weight", weight);
  return weight;
}

Buffer LayerReader::ReadVector(const std::string& name, const Shape& shape) {
  known_.insert(name);
  const std::vector<float> values = store_.Get(name, shape).Floats();
  store_.RequireFinite(name, values);
  Buffer vector(device_, values);
  weight_bytes_ += vector.count() * sizeof(float);
  return vector;
}

Convolution LayerReader::ReadConvolution(const std::string& module, int64_t outputs, int64_t inputs,
                                         int64_t taps, int64_t dilation) {
  const std::vector<float> stored = ReadWeight(module, {outputs, inputs, taps});
  Convolution layer;
  layer.weights = device_.Pack(
      outputs, taps, inputs, kernels::WeightFormat::kFp32, [&](int64_t n, std::span<float> row) {
        const float* weight = stored.data() + n * inputs * taps;
        for (int64_t tap = 0; tap < taps; ++tap) {
          for (int64_t k = 0; k < inputs; ++k) {
            row[static_cast<size_t>(tap * inputs + k)] = weight[k * taps + tap];
          }
        }
      });
  layer.bias = ReadVector(module + ".bias", {outputs});
  layer.dilation = dilation;
  weight_bytes_ += layer.weights->bytes();
  return layer;
}

Upsampler LayerReader::ReadUpsampler(const std::string& module, int64_t channels, int64_t rate) {
  const int64_t taps = 2 * rate;
  // A transposed convolution is stored [input channel, output channel of the group, tap].
  const std::vector<float> stored = ReadWeight(module, {channels, 1, taps});
  std::vector<float> weights(stored.size());
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t tap = 0; tap < taps; ++tap) {
      weights[static_cast<size_t>(tap * channels + c)] =
          stored[static_cast<size_t>(c * taps + tap)];
    }
  }
  weight_bytes_ += weights.size() * sizeof(float);
  return {.weights = Buffer(device_, weights),
          .bias = ReadVector(module + ".bias", {channels / 2}),
          .rate = rate};
}

Buffer LayerReader::ReadAlpha(const std::string& module, int64_t channels) {
  return ReadVector(module + ".activation.snake_act.alpha", {1, channels / 2, 1});
}

ResidualLayer LayerReader::ReadResidualLayer(const std::string& module,
                                             const ResidualShape& shape) {
  const int64_t channels = shape.channels;
  ResidualLayer layer;
  for (size_t j = 0; j < shape.kernel_sizes.size(); ++j) {
    const int64_t taps = shape.kernel_sizes[j];
    std::vector<ResidualBlock>& branch = layer.emplace_back();
    for (size_t m = 0; m < shape.dilations.size(); ++m) {
      const std::string name = StrCat(module, ".res_blocks.", j, ".res_blocks.", m);
      ResidualBlock& block = branch.emplace_back();
      if (shape.half_snake) {
        block.input_alpha = ReadAlpha(name + ".input_activation", channels);
        block.skip_alpha = ReadAlpha(name + ".skip_activation", channels);
      }
      block.input_conv =
          ReadConvolution(name + ".input_conv.conv", channels, channels, taps, shape.dilations[m]);
      block.skip_conv = ReadConvolution(name + ".skip_conv.conv", channels, channels, taps);
    }
  }
  return layer;
}

void LayerReader::CheckIntegers(const std::string& name, const Shape& shape,
                                const std::vector<int64_t>& expected) {
  known_.insert(name);
  if (store_.Find(name) == nullptr) return;
  const std::vector<int64_t> found = store_.Get(name, shape).Ints();
  if (found != expected) {
    // Values are as short as the list of levels, so both fit on the line.
    Fail(ErrorCode::kInvalidFile, store_.source(), ": ", name, ": values ", ShapeString(found),
         ", the configuration says ", ShapeString(expected));
  }
}

void LayerReader::RejectUnknown(const std::function<bool(std::string_view)>& ignored) const {
  store_.RejectUnknown(
      [&](std::string_view name) { return known_.contains(name) || ignored(name); });
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
