#include "speaker/wavlm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/elementary.h"
#include "base/error.h"
#include "speaker/relative_position.h"

namespace kani::speaker {

using kernels::Buffer;
using kernels::Weights;

/// Weights of one transformer layer.
struct WavLm::Layer {
  Norm attention_norm;                       // upstream's layer_norm [D]
  std::unique_ptr<const Weights> qkv;        // [3D, D]
  Buffer qkv_bias;                           // [3D]
  std::unique_ptr<const Weights> gate;       // [2, E], the same for all heads
  Buffer gate_bias;                          // [2]
  std::vector<float> gate_constant;          // [H]
  std::unique_ptr<const Weights> attention;  // out_proj [D, D]
  Buffer attention_bias;                     // [D]
  Norm feed_forward_norm;                    // upstream's final_layer_norm [D]
  std::unique_ptr<const Weights> up, down;   // [F, D], [D, F]
  Buffer up_bias, down_bias;                 // [F], [D]
};

/// Scratch memory of one call.
struct WavLm::Workspace {
  Buffer hidden;         // [T, D] residual stream
  Buffer normed;         // [T, D]
  Buffer wide;           // [T, max(3D, F)]
  Buffer mixed;          // [T, D]
  Buffer gate_inputs;    // [T * H, 2]
  Buffer gate;           // [T, H]
  Buffer position_bias;  // [H, 2T - 1]
};

namespace {

/// Samples for which the convolutions run at once: 13 MB behind the widest layer.
constexpr int64_t kChunkSamples = 32000;

void Show(kernels::Ops& ops, const Trace& trace, std::string_view name, const Buffer& values,
          int64_t rows, int64_t columns) {
  if (!trace) return;
  std::vector<float> host(static_cast<size_t>(rows * columns));
  ops.Download(values.data(), host);
  trace(name, host.data(), rows, columns);
}

}  // namespace

WavLm::WavLm(weights::WeightReader& reader, const model::SpeakerTensors& tensors,
             const model::SpeakerConfig& config, kernels::WeightFormat format)
    : config_(config), extractor_(reader, tensors, config) {
  projection_norm_ = Norm(reader, tensors.projection_norm);
  projection_ = reader.Matrix(tensors.projection.weight, format);
  projection_bias_ = reader.Vector(tensors.projection.bias);
  const Shape& shape = tensors.positional_weight;
  const std::vector<float> positional =
      reader.Normalised(tensors.positional_module, shape, /*axis=*/2);
  const auto group_size = positional.size() / static_cast<size_t>(shape[0] / shape[1]);
  for (size_t begin = 0; begin < positional.size(); begin += group_size) {
    positional_.push_back(reader.Pack(std::span(positional).subspan(begin, group_size), shape[1],
                                      shape[1], shape[2]));
  }
  positional_bias_ = reader.Vector(tensors.positional_bias);
  relative_positions_ = reader.Floats(tensors.rel_attn_embed);
  for (const model::SpeakerLayerTensors& layer : tensors.layers) {
    layers_.push_back(ReadLayer(reader, layer, format));
  }
  final_norm_ = Norm(reader, tensors.final_norm);
}

WavLm::~WavLm() = default;

// Upstream computes 8 values of each head and sums them in two groups of four: 2 rows do.
void WavLm::ReadGate(weights::WeightReader& reader, const model::SpeakerLayerTensors& tensors,
                     Layer& layer) {
  const std::vector<float> rows = reader.Floats(tensors.gru_rel_pos_linear.weight);
  const std::vector<float> biases = reader.Floats(tensors.gru_rel_pos_linear.bias);
  const size_t width = rows.size() / biases.size();
  std::vector<double> row_sums(2 * width);
  std::array<double, 2> bias_sums{};
  for (size_t row = 0; row < biases.size(); ++row) {
    for (size_t e = 0; e < width; ++e) row_sums[row / 4 * width + e] += rows[row * width + e];
    bias_sums[row / 4] += biases[row];
  }
  layer.gate = reader.Pack(std::vector<float>(row_sums.begin(), row_sums.end()), 2,
                           static_cast<int64_t>(width));
  layer.gate_bias = reader.Upload(std::vector<float>(bias_sums.begin(), bias_sums.end()));
  layer.gate_constant = reader.Floats(tensors.gru_rel_pos_const);
}

WavLm::Layer WavLm::ReadLayer(weights::WeightReader& reader,
                              const model::SpeakerLayerTensors& tensors,
                              kernels::WeightFormat format) {
  Layer layer;
  layer.attention_norm = Norm(reader, tensors.layer_norm);
  layer.qkv = reader.Stack(tensors.Qkv(), format);
  layer.qkv_bias = reader.Vectors(tensors.QkvBias());
  ReadGate(reader, tensors, layer);
  layer.attention = reader.Matrix(tensors.out_proj.weight, format);
  layer.attention_bias = reader.Vector(tensors.out_proj.bias);
  layer.feed_forward_norm = Norm(reader, tensors.final_layer_norm);
  layer.up = reader.Matrix(tensors.intermediate_dense.weight, format);
  layer.up_bias = reader.Vector(tensors.intermediate_dense.bias);
  layer.down = reader.Matrix(tensors.output_dense.weight, format);
  layer.down_bias = reader.Vector(tensors.output_dense.bias);
  return layer;
}

std::vector<float> WavLm::Run(kernels::Ops& ops, std::span<const float> samples,
                              const Trace& trace) const {
  const int64_t hidden = config_.hidden_size, heads = config_.num_attention_heads;
  const int64_t frames = extractor_.Frames(static_cast<int64_t>(samples.size()));  // T
  const auto rows_of = [&](int64_t width) { return static_cast<size_t>(frames * width); };
  Workspace work;
  {
    // A trace of the first convolution needs it in one piece.
    const int64_t chunk =
        trace ? frames : std::max<int64_t>(1, kChunkSamples / extractor_.stride());
    const Buffer features = extractor_.Run(ops, samples, chunk, trace);
    Show(ops, trace, "conv_features", features, frames, extractor_.channels());
    work.hidden = Project(ops, features, frames);
    Show(ops, trace, "projected", work.hidden, frames, hidden);
    const Buffer positional = Positional(ops, work.hidden, frames);
    Show(ops, trace, "positional", positional, frames, hidden);
    ops.Add(positional.data(), work.hidden.data(), frames * hidden);
  }
  work.normed = Buffer(ops.device(), rows_of(hidden));
  work.wide = Buffer(ops.device(), rows_of(std::max(3 * hidden, config_.intermediate_size)));
  work.mixed = Buffer(ops.device(), rows_of(hidden));
  work.gate_inputs = Buffer(ops.device(), rows_of(2 * heads));
  work.gate = Buffer(ops.device(), rows_of(heads));
  work.position_bias =
      Buffer(ops.device(), RelativePositionStrip(relative_positions_, heads, config_.num_buckets,
                                                 config_.max_bucket_distance, frames));
  for (size_t i = 0; i < layers_.size(); ++i) {
    RunLayer(ops, layers_[i], frames, work);
    if (trace) Show(ops, trace, StrCat("hidden_after_layer_", i), work.hidden, frames, hidden);
  }
  ops.LayerNorm(work.hidden.data(), final_norm_.weight.data(), final_norm_.bias.data(),
                config_.layer_norm_eps, work.normed.data(), frames, hidden);
  Show(ops, trace, "hidden_final", work.normed, frames, hidden);
  std::vector<float> last(rows_of(hidden));
  ops.Download(work.normed.data(), last);
  return last;
}

Buffer WavLm::Project(kernels::Ops& ops, const Buffer& features, int64_t frames) const {
  Buffer normed(ops.device(), features.count());
  ops.LayerNorm(features.data(), projection_norm_.weight.data(), projection_norm_.bias.data(),
                config_.layer_norm_eps, normed.data(), frames, extractor_.channels());
  Buffer hidden(ops.device(), static_cast<size_t>(frames * config_.hidden_size));
  ops.MatMul(*projection_, projection_bias_.data(), normed.data(), hidden.data(), frames);
  return hidden;
}

// Frame t sees frames t - taps / 2 to t - taps / 2 + taps - 1, zeros outside. (Upstream pads both
// sides by taps / 2 and drops the last output of an even kernel.)
Buffer WavLm::Positional(kernels::Ops& ops, const Buffer& hidden, int64_t frames) const {
  const int64_t width = config_.hidden_size, taps = config_.num_conv_pos_embeddings;
  Buffer padded(ops.device(), static_cast<size_t>((frames + taps - 1) * width));
  ops.Copy(hidden.data(), padded.data() + taps / 2 * width, hidden.count());
  Buffer positional(ops.device(), hidden.count());
  int64_t channel = 0;
  for (const auto& group : positional_) {
    ops.Convolve({.weights = group.get(),
                  .bias = positional_bias_.data() + channel,
                  .x = padded.data() + channel,
                  .x_stride = width,
                  .y = positional.data() + channel,
                  .y_stride = width,
                  .rows = frames});
    channel += group->outputs();
  }
  ops.Gelu(positional.data(), frames * width);
  return positional;
}

void WavLm::RunLayer(kernels::Ops& ops, const Layer& layer, int64_t frames, Workspace& work) const {
  const int64_t width = config_.hidden_size, heads = config_.num_attention_heads;
  const int64_t head_size = width / heads;
  ops.LayerNorm(work.hidden.data(), layer.attention_norm.weight.data(),
                layer.attention_norm.bias.data(), config_.layer_norm_eps, work.normed.data(),
                frames, width);
  ComputeGate(ops, layer, frames, work);
  ops.MatMul(*layer.qkv, layer.qkv_bias.data(), work.normed.data(), work.wide.data(), frames);
  const float* q = work.wide.data();
  ops.BiasedAttention({.q = q,
                       .k = q + width,
                       .v = q + 2 * width,
                       .qkv_stride = 3 * width,
                       .gate = work.gate.data(),
                       .bias = work.position_bias.data(),
                       .y = work.mixed.data(),
                       .rows = frames,
                       .heads = heads,
                       .head_size = head_size,
                       .scale = 1.0f / std::sqrt(static_cast<float>(head_size))});
  ops.MatMul(*layer.attention, layer.attention_bias.data(), work.mixed.data(), work.hidden.data(),
             frames, /*accumulate=*/true);

  ops.LayerNorm(work.hidden.data(), layer.feed_forward_norm.weight.data(),
                layer.feed_forward_norm.bias.data(), config_.layer_norm_eps, work.normed.data(),
                frames, width);
  ops.MatMul(*layer.up, layer.up_bias.data(), work.normed.data(), work.wide.data(), frames);
  ops.Gelu(work.wide.data(), frames * config_.intermediate_size);
  ops.MatMul(*layer.down, layer.down_bias.data(), work.wide.data(), work.hidden.data(), frames,
             /*accumulate=*/true);
}

// gate = s0 * (s1 * constant - 1) + 2 with s = sigmoid of the two rows, from the attention's input.
void WavLm::ComputeGate(kernels::Ops& ops, const Layer& layer, int64_t frames,
                        Workspace& work) const {
  const auto heads = static_cast<size_t>(config_.num_attention_heads);
  // A row of H heads is H rows of one head: all share the two weight rows.
  ops.MatMul(*layer.gate, layer.gate_bias.data(), work.normed.data(), work.gate_inputs.data(),
             frames * config_.num_attention_heads);
  std::vector<float> inputs(work.gate_inputs.count());
  ops.Download(work.gate_inputs.data(), inputs);
  std::vector<float> gate(work.gate.count());
  for (size_t i = 0; i < gate.size(); ++i) {
    const double s0 = Sigmoid(inputs[2 * i]), s1 = Sigmoid(inputs[2 * i + 1]);
    gate[i] = static_cast<float>(s0 * (s1 * layer.gate_constant[i % heads] - 1) + 2);
  }
  ops.Upload(gate, work.gate.data());
}

}  // namespace kani::speaker
