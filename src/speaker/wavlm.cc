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

WavLm::WavLm(Loader& load, const model::SpeakerConfig& config)
    : config_(config), extractor_(load, config) {
  const int64_t hidden = config.hidden_size;
  const std::string projection = "wavlm.feature_projection.";
  projection_norm_ = load.LayerNorm(projection + "layer_norm", extractor_.channels());
  projection_ = load.Matrix(projection + "projection.weight", hidden, extractor_.channels());
  projection_bias_ = load.Vector(projection + "projection.bias", hidden);
  const std::string positional = "wavlm.encoder.pos_conv_embed.conv";
  positional_ = load.NormalisedGroups(positional, hidden, config.num_conv_pos_embedding_groups,
                                      config.num_conv_pos_embeddings);
  positional_bias_ = load.Vector(positional + ".bias", hidden);
  relative_positions_ = load.Floats("wavlm.encoder.layers.0.attention.rel_attn_embed.weight",
                                    {config.num_buckets, config.num_attention_heads});
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers_.push_back(LoadLayer(load, config, i));
  }
  final_norm_ = load.LayerNorm("wavlm.encoder.layer_norm", hidden);
}

WavLm::~WavLm() = default;

// Upstream computes 8 values of each head and sums them in two groups of four: 2 rows do.
void WavLm::LoadGate(Loader& load, const std::string& prefix, int64_t head_size, int64_t heads,
                     Layer& layer) {
  const std::vector<float> rows = load.Floats(prefix + "linear.weight", {8, head_size});
  const std::vector<float> biases = load.Floats(prefix + "linear.bias", {8});
  const auto width = static_cast<size_t>(head_size);
  std::vector<double> row_sums(2 * width);
  std::array<double, 2> bias_sums{};
  for (size_t row = 0; row < 8; ++row) {
    for (size_t e = 0; e < width; ++e) row_sums[row / 4 * width + e] += rows[row * width + e];
    bias_sums[row / 4] += biases[row];
  }
  layer.gate = load.Pack(2, head_size, std::vector<float>(row_sums.begin(), row_sums.end()));
  layer.gate_bias = Buffer(load.device(), std::vector<float>(bias_sums.begin(), bias_sums.end()));
  layer.gate_constant = load.Floats(prefix + "const", {1, heads, 1, 1});
}

WavLm::Layer WavLm::LoadLayer(Loader& load, const model::SpeakerConfig& config, int64_t index) {
  const int64_t hidden = config.hidden_size, inner = config.intermediate_size;
  const int64_t heads = config.num_attention_heads;
  const std::string prefix = StrCat("wavlm.encoder.layers.", index, ".");
  const std::string attention = prefix + "attention.", feed_forward = prefix + "feed_forward.";

  Layer layer;
  layer.attention_norm = load.LayerNorm(prefix + "layer_norm", hidden);
  layer.qkv = load.Stack(std::array{attention + "q_proj.weight", attention + "k_proj.weight",
                                    attention + "v_proj.weight"},
                         hidden, hidden);
  layer.qkv_bias = load.StackedVector(
      std::array{attention + "q_proj.bias", attention + "k_proj.bias", attention + "v_proj.bias"},
      hidden);
  LoadGate(load, attention + "gru_rel_pos_", hidden / heads, heads, layer);
  layer.attention = load.Matrix(attention + "out_proj.weight", hidden, hidden);
  layer.attention_bias = load.Vector(attention + "out_proj.bias", hidden);
  layer.feed_forward_norm = load.LayerNorm(prefix + "final_layer_norm", hidden);
  layer.up = load.Matrix(feed_forward + "intermediate_dense.weight", inner, hidden);
  layer.up_bias = load.Vector(feed_forward + "intermediate_dense.bias", inner);
  layer.down = load.Matrix(feed_forward + "output_dense.weight", hidden, inner);
  layer.down_bias = load.Vector(feed_forward + "output_dense.bias", hidden);
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
