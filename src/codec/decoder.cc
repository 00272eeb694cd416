#include "codec/decoder.h"

#include <algorithm>

#include "base/error.h"
#include "base/tensor.h"

namespace kani::codec {

using kernels::Buffer;

namespace {

// A stage takes its input in slices of at most this many output values, 256 KiB, and hands each on
// before the next, so that the five buffers of a slice stay in the second-level cache of two cores.
constexpr int64_t kSliceFloats = 65536;
// Bounds the memory of long calls. More frames than this do not read the weights more cheaply.
constexpr int64_t kFramesPerPass = 32;

int64_t HistoryFloats(const Convolution& layer) { return layer.context() * layer.inputs(); }

/// Calls run(begin, count) for equal parts of [0, rows), each at most `limit` long.
template <typename Run>
void ForSlices(int64_t rows, int64_t limit, const Run& run) {
  const int64_t slices = (rows + limit - 1) / limit;
  for (int64_t i = 0; i < slices; ++i) {
    const int64_t begin = rows * i / slices;
    run(begin, rows * (i + 1) / slices - begin);
  }
}

/// Convolves the newest `rows` rows of x after the past that `history` holds; then `history` holds
/// the past of the next call and points behind it.
/// @param x [context + rows, K]; its first `context` rows are filled here.
void ConvolveCausal(kernels::Ops& ops, const Convolution& layer, float* x, int64_t rows, float* y,
                    bool accumulate, float*& history) {
  const int64_t inputs = layer.inputs();
  const auto past = static_cast<size_t>(HistoryFloats(layer));
  ops.Copy(history, x, past);
  ops.Convolve({.weights = layer.weights.get(),
                .bias = layer.bias.data(),
                .x = x,
                .x_stride = inputs,
                .y = y,
                .y_stride = layer.outputs(),
                .rows = rows,
                .dilation = layer.dilation,
                .accumulate = accumulate});
  ops.Copy(x + rows * inputs, history, past);
  history += past;
}

}  // namespace

/// One call of Run.
struct Decoder::Pass {
  kernels::Ops& ops;
  Workspace& workspace;
  State& state;
  float* samples;  // host memory, moves on as samples are finished
  const Trace& trace;
};

Decoder::Decoder(weights::WeightReader& reader, const model::CodecDecoderTensors& tensors) {
  pre_conv_ = ReadConvolution(reader, tensors.pre_conv);
  history_floats_ = HistoryFloats(pre_conv_);
  for (const model::CodecDecoderTensors::Stage& stored : tensors.stages) {
    Stage& stage = stages_.emplace_back();
    stage.channels = stored.upsampler.weight[0];
    stage.first_history = history_floats_;
    stage.alpha = reader.Vector(stored.alpha);
    stage.upsampler = ReadUpsampler(reader, stored.upsampler);
    history_floats_ += stage.channels;  // the row before the first
    stage.residual = ReadResidualLayer(reader, stored.residual);
    stage.max_context = MaxContext(stage.residual);
    for (const std::vector<ResidualBlock>& branch : stage.residual) {
      for (const ResidualBlock& block : branch) {
        history_floats_ += HistoryFloats(block.input_conv) + HistoryFloats(block.skip_conv);
      }
    }
  }
  head_history_ = history_floats_;
  post_alpha_ = reader.Vector(tensors.post_alpha);
  post_conv_ = ReadConvolution(reader, tensors.post_conv);
  history_floats_ += HistoryFloats(post_conv_);
}

Decoder::State::State(kernels::Device& device, const Decoder& decoder)
    : device_(device), history_floats_(decoder.history_floats_) {
  Reset();
}

void Decoder::State::Reset() { history_ = Buffer(device_, static_cast<size_t>(history_floats_)); }

void Decoder::Run(kernels::Ops& ops, Workspace& workspace, State& state,
                  std::span<const float> latent, std::span<float> samples,
                  const Trace& trace) const {
  workspace.outputs.resize(stages_.size());
  const int64_t width = pre_conv_.inputs();
  const int64_t frames = std::ssize(latent) / width;
  Pass pass{ops, workspace, state, samples.data(), trace};
  ForSlices(frames, trace ? frames : kFramesPerPass, [&](int64_t begin, int64_t count) {
    RunStem(pass, latent.data() + begin * width, count);
  });
  KANI_DCHECK(pass.samples == samples.data() + samples.size());
}

void Decoder::RunStem(Pass& pass, const float* latent, int64_t frames) const {
  Workspace& work = pass.workspace;
  kernels::Device& device = pass.ops.device();
  const int64_t width = pre_conv_.inputs(), channels = pre_conv_.outputs();
  float* x =
      work.padded.Reserve(device, static_cast<size_t>((pre_conv_.context() + frames) * width));
  pass.ops.Upload({latent, static_cast<size_t>(frames * width)}, x + HistoryFloats(pre_conv_));
  float* stem = work.stem.Reserve(device, static_cast<size_t>(frames * channels));
  float* history = pass.state.history_.data();
  ConvolveCausal(pass.ops, pre_conv_, x, frames, stem, /*accumulate=*/false, history);
  Show(pass.ops, pass.trace, "audio_decoder.pre_conv", stem, frames, channels);
  RunStages(pass, 0, stem, frames);
}

/// Stage `index` and all after it.
void Decoder::RunStages(Pass& pass, size_t index, const float* x, int64_t rows) const {
  if (index == stages_.size()) return RunHead(pass, x, rows);
  const Stage& stage = stages_[index];
  const int64_t floats_per_row = stage.upsampler.rate * (stage.channels / 2);
  const int64_t limit = pass.trace ? rows : std::max<int64_t>(kSliceFloats / floats_per_row, 1);
  ForSlices(rows, limit, [&](int64_t begin, int64_t count) {
    RunStage(pass, index, x + begin * stage.channels, count);
    RunStages(pass, index + 1, pass.workspace.outputs[index].data(), count * stage.upsampler.rate);
  });
}

void Decoder::RunStage(Pass& pass, size_t index, const float* x, int64_t rows) const {
  const Stage& stage = stages_[index];
  Workspace& work = pass.workspace;
  kernels::Device& device = pass.ops.device();
  const int64_t channels = stage.channels / 2;
  const int64_t out_rows = rows * stage.upsampler.rate;
  const auto count = static_cast<size_t>(out_rows * channels);
  const size_t padding = static_cast<size_t>(stage.max_context * channels);
  float* padded = work.padded.Reserve(
      device, std::max(count + padding, static_cast<size_t>((1 + rows) * stage.channels)));
  work.hidden.Reserve(device, count + padding);
  float* input = work.input.Reserve(device, count);
  float* branch = work.branch.Reserve(device, count);
  float* output = work.outputs[index].Reserve(device, count);

  float* history = pass.state.history_.data() + stage.first_history;
  pass.ops.HalfSnake(x, stage.alpha.data(), padded + stage.channels, rows, stage.channels);
  Show(pass.ops, pass.trace, "audio_decoder.activations", index, padded + stage.channels, rows,
       stage.channels);
  pass.ops.Copy(history, padded, static_cast<size_t>(stage.channels));
  pass.ops.Copy(padded + rows * stage.channels, history, static_cast<size_t>(stage.channels));
  history += stage.channels;
  pass.ops.GroupedUpsample(padded, stage.upsampler.weights.data(), stage.upsampler.bias.data(),
                           input, rows, stage.channels, stage.upsampler.rate);
  Show(pass.ops, pass.trace, "audio_decoder.up_sample_conv_layers", index, input, out_rows,
       channels);
  AverageBranches(pass.ops, stage.residual, input, branch, output, out_rows * channels,
                  [&](const ResidualBlock& block, float* values) {
                    RunBlock(pass, block, values, out_rows, history);
                  });
  Show(pass.ops, pass.trace, "audio_decoder.res_layers", index, output, out_rows, channels);
}

/// x += skip_conv(half_snake(input_conv(half_snake(x)))), x [rows, C].
void Decoder::RunBlock(Pass& pass, const ResidualBlock& block, float* x, int64_t rows,
                       float*& history) const {
  Workspace& work = pass.workspace;
  const int64_t channels = block.input_conv.inputs();
  float* activated = work.padded.data() + HistoryFloats(block.input_conv);
  float* hidden = work.hidden.data() + HistoryFloats(block.skip_conv);
  pass.ops.HalfSnake(x, block.input_alpha.data(), activated, rows, channels);
  ConvolveCausal(pass.ops, block.input_conv, work.padded.data(), rows, hidden, /*accumulate=*/false,
                 history);
  pass.ops.HalfSnake(hidden, block.skip_alpha.data(), hidden, rows, channels);
  ConvolveCausal(pass.ops, block.skip_conv, work.hidden.data(), rows, x, /*accumulate=*/true,
                 history);
}

void Decoder::RunHead(Pass& pass, const float* x, int64_t rows) const {
  Workspace& work = pass.workspace;
  kernels::Device& device = pass.ops.device();
  const int64_t channels = post_conv_.inputs();
  float* padded =
      work.padded.Reserve(device, static_cast<size_t>((post_conv_.context() + rows) * channels));
  float* activated = padded + HistoryFloats(post_conv_);
  pass.ops.HalfSnake(x, post_alpha_.data(), activated, rows, channels);
  Show(pass.ops, pass.trace, "audio_decoder.post_activation", activated, rows, channels);
  float* audio = work.hidden.Reserve(device, static_cast<size_t>(rows));
  float* history = pass.state.history_.data() + head_history_;
  ConvolveCausal(pass.ops, post_conv_, padded, rows, audio, /*accumulate=*/false, history);
  Show(pass.ops, pass.trace, "audio_decoder.post_conv", audio, rows, 1);
  const std::span<float> samples(pass.samples, static_cast<size_t>(rows));
  pass.ops.Download(audio, samples);
  if (!AllFinite(samples)) {
    Fail(ErrorCode::kInvalidFile, "the samples are not finite: the codec's weights are damaged");
  }
  for (float& sample : samples) sample = std::clamp(sample, -1.0f, 1.0f);
  pass.samples += rows;
}

}  // namespace kani::codec
