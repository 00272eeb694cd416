#include "codec/encoder.h"

#include <algorithm>

#include "base/error.h"

namespace kani::codec {

using kernels::Buffer;

namespace {

constexpr float kSlope = 0.01f;  // PyTorch's default, not HiFi-GAN's 0.1
// New frames of one piece: 20 s at 12.5 frames per second. The context of a piece is computed
// twice, 28 frames at full size: 11 %.
constexpr int64_t kFramesPerPiece = 250;

/// Rows that upstream repeats on both sides of a layer that downsamples.
int64_t DownPadding(int64_t rate) { return (rate + 1) / 2; }

void RequireOdd(const Convolution& layer) {
  if (layer.weights->taps() % 2 == 0) {
    Fail(ErrorCode::kUnsupported, "encoder kernel size ", layer.weights->taps(),
         ": expected an odd one, which keeps the number of rows");
  }
}

Convolution ReadCentred(weights::WeightReader& reader, const model::ConvolutionTensors& tensors) {
  Convolution layer = ReadConvolution(reader, tensors);
  RequireOdd(layer);
  return layer;
}

/// Fills `padding` rows before and after the `rows` rows at x + padding * channels.
void RepeatEdges(kernels::Ops& ops, float* x, int64_t padding, int64_t rows, int64_t channels) {
  const auto row = static_cast<size_t>(channels);
  for (int64_t i = 0; i < padding; ++i) {
    ops.Copy(x + padding * channels, x + i * channels, row);
    ops.Copy(x + (padding + rows - 1) * channels, x + (padding + rows + i) * channels, row);
  }
}

/// As many rows out as in, the edges repeated.
/// @param x [context / 2 + rows + context / 2, K]; its outer parts are filled here.
void ConvolveCentred(kernels::Ops& ops, const Convolution& layer, float* x, int64_t rows, float* y,
                     bool accumulate) {
  RepeatEdges(ops, x, layer.context() / 2, rows, layer.inputs());
  ops.Convolve({.weights = layer.weights.get(),
                .bias = layer.bias.data(),
                .x = x,
                .x_stride = layer.inputs(),
                .y = y,
                .y_stride = layer.outputs(),
                .rows = rows,
                .dilation = layer.dilation,
                .accumulate = accumulate});
}

}  // namespace

/// What one call computes with; the memory of one piece is reused by the next.
struct Encoder::Workspace {
  kernels::Ops& ops;
  Buffer padded;  // [rows + context, C]: what a convolution reads
  Buffer hidden;  // [rows + context, C]: between the convolutions of a block
  Buffer x;       // [rows, C]: input of a stage
  Buffer branch;  // [rows, C]
  Buffer sum;     // [rows, C]
};

Encoder::Encoder(weights::WeightReader& reader, const model::CodecEncoderTensors& tensors) {
  pre_conv_ = ReadCentred(reader, tensors.pre_conv);
  int64_t context = pre_conv_.context() / 2;  // in samples
  for (const model::CodecEncoderTensors::Stage& stored : tensors.stages) {
    Stage& stage = stages_.emplace_back();
    stage.residual = ReadResidualLayer(reader, stored.residual);
    stage.max_context = MaxContext(stage.residual);
    stage.down = ReadConvolution(reader, stored.down);
    stage.channels = stage.down.inputs();
    stage.rate = stage.down.weights->taps() / 2;
    int64_t residual_context = 0;
    for (const std::vector<ResidualBlock>& branch : stage.residual) {
      int64_t sum = 0;
      for (const ResidualBlock& block : branch) {
        RequireOdd(block.input_conv);
        RequireOdd(block.skip_conv);
        sum += block.input_conv.context() / 2 + block.skip_conv.context() / 2;
      }
      residual_context = std::max(residual_context, sum);
    }
    // Beside the `rate` rows that become one, `down` reads its padding before and at most as much
    // after them.
    context += (residual_context + DownPadding(stage.rate)) * samples_per_frame_;
    samples_per_frame_ *= stage.rate;
  }
  post_conv_ = ReadCentred(reader, tensors.post_conv);
  context += post_conv_.context() / 2 * samples_per_frame_;
  context_frames_ = (context + samples_per_frame_ - 1) / samples_per_frame_;
}

std::vector<float> Encoder::Run(kernels::Ops& ops, std::span<const float> samples,
                                const Trace& trace) const {
  const int64_t hop = samples_per_frame_, width = post_conv_.outputs();
  const int64_t frames = (std::ssize(samples) + hop - 1) / hop;
  const int64_t piece = trace ? frames : kFramesPerPiece;
  std::vector<float> latent;  // [F, D]
  latent.reserve(static_cast<size_t>(frames * width));
  Workspace workspace{.ops = ops};
  for (int64_t begin = 0; begin < frames; begin += piece) {
    const int64_t end = std::min(begin + piece, frames);
    const int64_t first = std::max<int64_t>(begin - context_frames_, 0);
    const int64_t last = std::min(end + context_frames_, frames);
    const auto from = static_cast<size_t>(first * hop);
    const size_t to = std::min(static_cast<size_t>(last * hop), samples.size());
    const std::vector<float> rows =
        RunPiece(workspace, samples.subspan(from, to - from), last - first, trace);
    latent.insert(latent.end(), rows.begin() + (begin - first) * width,
                  rows.begin() + (end - first) * width);
  }
  return latent;
}

/// @param samples at most frames * samples_per_frame; the rest is zeros.
std::vector<float> Encoder::RunPiece(Workspace& workspace, std::span<const float> samples,
                                     int64_t frames, const Trace& trace) const {
  kernels::Ops& ops = workspace.ops;
  int64_t rows = frames * samples_per_frame_;
  std::vector<float> padded_samples(static_cast<size_t>(rows));
  std::copy(samples.begin(), samples.end(), padded_samples.begin());
  float* padded =
      workspace.padded.Reserve(ops.device(), static_cast<size_t>(rows + pre_conv_.context()));
  float* x = workspace.x.Reserve(ops.device(), static_cast<size_t>(rows * pre_conv_.outputs()));
  ops.Upload(padded_samples, padded + pre_conv_.context() / 2);
  ConvolveCentred(ops, pre_conv_, padded, rows, x, /*accumulate=*/false);
  Show(ops, trace, "audio_encoder.pre_conv", x, rows, pre_conv_.outputs());
  for (size_t i = 0; i < stages_.size(); ++i) {
    RunStage(workspace, stages_[i], i, rows, trace);
    rows /= stages_[i].rate;
  }
  const int64_t channels = post_conv_.inputs(), width = post_conv_.outputs();
  padded = workspace.padded.Reserve(ops.device(),
                                    static_cast<size_t>((rows + post_conv_.context()) * channels));
  ops.LeakyRelu(workspace.x.data(), kSlope, padded + post_conv_.context() / 2 * channels,
                rows * channels);
  float* encoded = workspace.sum.Reserve(ops.device(), static_cast<size_t>(rows * width));
  ConvolveCentred(ops, post_conv_, padded, rows, encoded, /*accumulate=*/false);
  Show(ops, trace, "audio_encoder.post_conv", encoded, rows, width);
  std::vector<float> latent(static_cast<size_t>(rows * width));
  ops.Download(encoded, latent);
  return latent;
}

/// From workspace.x [rows, C] to workspace.x [rows / rate, 2C].
void Encoder::RunStage(Workspace& workspace, const Stage& stage, size_t index, int64_t rows,
                       const Trace& trace) const {
  kernels::Ops& ops = workspace.ops;
  const int64_t channels = stage.channels, padding = DownPadding(stage.rate);
  const auto count = static_cast<size_t>(rows * channels);
  const auto context = static_cast<size_t>(std::max(stage.max_context, 2 * padding) * channels);
  float* padded = workspace.padded.Reserve(ops.device(), count + context);
  workspace.hidden.Reserve(ops.device(), count + context);
  float* branch = workspace.branch.Reserve(ops.device(), count);
  float* sum = workspace.sum.Reserve(ops.device(), count);
  AverageBranches(
      ops, stage.residual, workspace.x.data(), branch, sum, rows * channels,
      [&](const ResidualBlock& block, float* values) { RunBlock(block, workspace, values, rows); });
  Show(ops, trace, "audio_encoder.res_layers", index, sum, rows, channels);

  ops.LeakyRelu(sum, kSlope, padded + padding * channels, rows * channels);
  RepeatEdges(ops, padded, padding, rows, channels);
  const int64_t out_rows = rows / stage.rate;
  float* x = workspace.x.Reserve(ops.device(), static_cast<size_t>(out_rows * 2 * channels));
  ops.Convolve({.weights = stage.down.weights.get(),
                .bias = stage.down.bias.data(),
                .x = padded,
                .x_stride = channels,
                .y = x,
                .y_stride = 2 * channels,
                .rows = out_rows,
                .stride = stage.rate});
  Show(ops, trace, "audio_encoder.down_sample_conv_layers", index, x, out_rows, 2 * channels);
}

/// x += skip_conv(leaky_relu(input_conv(leaky_relu(x)))), x [rows, C].
void Encoder::RunBlock(const ResidualBlock& block, Workspace& workspace, float* x,
                       int64_t rows) const {
  kernels::Ops& ops = workspace.ops;
  const int64_t channels = block.input_conv.inputs(), count = rows * channels;
  float* padded = workspace.padded.data();
  float* hidden = workspace.hidden.data();
  float* inner = hidden + block.skip_conv.context() / 2 * channels;
  ops.LeakyRelu(x, kSlope, padded + block.input_conv.context() / 2 * channels, count);
  ConvolveCentred(ops, block.input_conv, padded, rows, inner, /*accumulate=*/false);
  ops.LeakyRelu(inner, kSlope, inner, count);
  ConvolveCentred(ops, block.skip_conv, hidden, rows, x, /*accumulate=*/true);
}

}  // namespace kani::codec
