#include "speaker/feature_extractor.h"

#include <algorithm>
#include <utility>

namespace kani::speaker {

using kernels::Buffer;

namespace {

constexpr int64_t kTooManySamples = int64_t{1} << 40;

}  // namespace

FeatureExtractor::FeatureExtractor(weights::WeightReader& reader,
                                   const model::SpeakerTensors& tensors,
                                   const model::SpeakerConfig& config)
    : eps_(config.layer_norm_eps) {
  for (size_t i = 0; i < tensors.feature_extractor.size(); ++i) {
    const auto& [conv, layer_norm] = tensors.feature_extractor[i];
    Layer layer{
        .channels = conv.shape[0], .kernel = conv.shape[2], .stride = config.conv_stride[i]};
    layer.convolution =
        reader.Pack(reader.Floats(conv), conv.shape[0], conv.shape[1], conv.shape[2]);
    layer.norm = Norm(reader, layer_norm);
    stride_ = std::min(kTooManySamples, stride_ * layer.stride);
    layers_.push_back(std::move(layer));
  }
}

int64_t FeatureExtractor::Frames(int64_t samples) const {
  for (const Layer& layer : layers_) {
    samples = samples < layer.kernel ? 0 : (samples - layer.kernel) / layer.stride + 1;
  }
  return samples;
}

int64_t FeatureExtractor::SamplesFor(int64_t frames) const {
  for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
    frames = std::min(kTooManySamples, (frames - 1) * layer->stride + layer->kernel);
  }
  return frames;
}

Buffer FeatureExtractor::Run(kernels::Ops& ops, std::span<const float> samples,
                             int64_t chunk_frames, const Trace& trace) const {
  const int64_t frames = Frames(static_cast<int64_t>(samples.size()));
  Buffer features(ops.device(), static_cast<size_t>(frames * channels()));
  Buffer convolved, x;
  for (int64_t begin = 0; begin < frames; begin += chunk_frames) {
    const int64_t count = std::min(chunk_frames, frames - begin);
    const bool final_chunk = begin + count == frames;  // takes what is left of the samples
    const std::span<const float> chunk =
        samples.subspan(static_cast<size_t>(begin * stride_),
                        final_chunk ? std::dynamic_extent : static_cast<size_t>(SamplesFor(count)));
    auto rows = static_cast<int64_t>(chunk.size());
    ops.Upload(chunk, x.Reserve(ops.device(), chunk.size()));
    int64_t inputs = 1;
    for (const Layer& layer : layers_) {
      const bool last = &layer == &layers_.back();
      rows = (rows - layer.kernel) / layer.stride + 1;
      const auto values = static_cast<size_t>(rows * layer.channels);
      ops.Convolve({.weights = layer.convolution.get(),
                    .x = x.data(),
                    .x_stride = inputs,
                    .y = convolved.Reserve(ops.device(), values),
                    .y_stride = layer.channels,
                    .rows = rows,
                    .stride = layer.stride});
      float* y = last ? features.data() + begin * channels() : x.Reserve(ops.device(), values);
      ops.LayerNorm(convolved.data(), layer.norm.weight.data(), layer.norm.bias.data(), eps_, y,
                    rows, layer.channels);
      ops.Gelu(y, rows * layer.channels);
      if (trace && &layer == &layers_.front() && count == frames) {
        std::vector<float> host(values);
        ops.Download(y, host);
        trace("conv_layer_0", host.data(), rows, layer.channels);
      }
      inputs = layer.channels;
    }
  }
  return features;
}

}  // namespace kani::speaker
