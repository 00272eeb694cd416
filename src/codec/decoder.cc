#include "codec/decoder.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/tensor.h"

namespace kani::codec {

using kernels::Buffer;

namespace {

// A stage takes its input in slices of at most this many output values, 256 KiB, and hands each on
// before the next, so that the buffers of a slice stay in the second-level cache of two cores.
constexpr int64_t kSliceFloats = 65536;
// Of all streams together; bounds the memory of long calls. More frames than this do not read the
// weights more cheaply.
constexpr int64_t kFramesPerPass = 32;

int64_t HistoryFloats(const Convolution& layer) { return layer.context() * layer.inputs(); }

int64_t Total(std::span<const int64_t> rows) {
  return std::accumulate(rows.begin(), rows.end(), int64_t{0});
}

/// Cuts the rows of all streams, one after the other, into equal slices of at most `limit`, and
/// calls run(begin, slice): where a slice begins, and how many rows of each stream are in it.
/// @param slice memory for that.
template <typename Run>
void ForSlices(std::span<const int64_t> rows, int64_t limit, std::vector<int64_t>& slice,
               const Run& run) {
  const int64_t total = Total(rows);
  const int64_t slices = (total + limit - 1) / limit;
  slice.resize(rows.size());
  for (int64_t i = 0; i < slices; ++i) {
    const int64_t begin = total * i / slices, end = total * (i + 1) / slices;
    int64_t first = 0;
    for (size_t part = 0; part < rows.size(); ++part) {
      const int64_t last = first + rows[part];
      slice[part] = std::max<int64_t>(std::min(end, last) - std::max(begin, first), 0);
      first = last;
    }
    run(begin, slice);
  }
}

}  // namespace

/// One call of Run.
struct Decoder::Pass {
  kernels::Ops& ops;
  Workspace& workspace;
  std::span<Part> parts;
  const Trace& trace;

  /// Memory for what a convolution reads. @param total of `rows`.
  float* Padded(Rows rows, int64_t total, int64_t context, int64_t channels) {
    const int64_t contexts = context * std::ssize(rows);
    return workspace.padded.Reserve(ops.device(),
                                    static_cast<size_t>((contexts + total) * channels));
  }
  /// Half-snake of x [rows, C], each stream's behind what its history holds from `history` on,
  /// which then points behind that: what a convolution reads, in workspace.padded.
  void Activate(const Buffer& alpha, const float* x, Rows rows, int64_t channels, int64_t context,
                int64_t& history) {
    std::vector<kernels::ConvolutionSegment>& segments = workspace.activating;
    segments.resize(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
      segments[i] = {parts[i].state->history_.data() + history, rows[i]};
    }
    ops.HalfSnake({.segments = segments,
                   .x = x,
                   .alpha = alpha.data(),
                   .y = workspace.padded.data(),
                   .channels = channels,
                   .context = context});
    history += context * channels;
  }
  /// Convolves what lies in workspace.padded.
  void Convolve(const Convolution& layer, Rows rows, float* y, bool accumulate) {
    ops.Convolve({.weights = layer.weights.get(),
                  .bias = layer.bias.data(),
                  .x = workspace.padded.data(),
                  .x_stride = layer.inputs(),
                  .y = y,
                  .y_stride = layer.outputs(),
                  .rows = Total(rows),
                  .segments = rows,
                  .dilation = layer.dilation,
                  .accumulate = accumulate});
  }
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

void Decoder::Run(kernels::Ops& ops, Workspace& workspace, std::span<Part> parts,
                  const Trace& trace) const {
  KANI_DCHECK(!trace || parts.size() == 1);
  workspace.outputs.resize(stages_.size());
  workspace.slices.resize(stages_.size() + 2);
  std::vector<int64_t>& frames = workspace.slices[0];
  frames.clear();
  for (const Part& part : parts) frames.push_back(std::ssize(part.latent) / pre_conv_.inputs());
  Pass pass{ops, workspace, parts, trace};
  ForSlices(frames, trace ? Total(frames) : kFramesPerPass, workspace.slices[1],
            [&](int64_t, Rows slice) { RunStem(pass, slice); });
  for ([[maybe_unused]] const Part& part : parts) KANI_DCHECK(part.samples.empty());
}

void Decoder::RunStem(Pass& pass, Rows frames) const {
  const int64_t width = pre_conv_.inputs(), channels = pre_conv_.outputs(), total = Total(frames);
  const auto past = static_cast<size_t>(HistoryFloats(pre_conv_));
  float* x = pass.Padded(frames, total, pre_conv_.context(), width);
  for (size_t i = 0; i < frames.size(); ++i) {
    if (frames[i] == 0) continue;
    Part& part = pass.parts[i];
    const auto count = static_cast<size_t>(frames[i] * width);
    float* history = part.state->history_.data();
    pass.ops.Copy(history, x, past);
    pass.ops.Upload(part.latent.first(count), x + past);
    pass.ops.Copy(x + count, history, past);
    x += past + count;
    part.latent = part.latent.subspan(count);
  }
  float* stem =
      pass.workspace.stem.Reserve(pass.ops.device(), static_cast<size_t>(total * channels));
  pass.Convolve(pre_conv_, frames, stem, /*accumulate=*/false);
  Show(pass.ops, pass.trace, "audio_decoder.pre_conv", stem, total, channels);
  RunStages(pass, 0, stem, frames);
}

/// Stage `index` and all after it.
void Decoder::RunStages(Pass& pass, size_t index, const float* x, Rows rows) const {
  if (index == stages_.size()) return RunHead(pass, x, rows);
  const Stage& stage = stages_[index];
  const int64_t floats_per_row = stage.upsampler.rate * (stage.channels / 2);
  const int64_t limit = std::max<int64_t>(kSliceFloats / floats_per_row, 1);
  ForSlices(rows, pass.trace ? Total(rows) : limit, pass.workspace.slices[index + 2],
            [&](int64_t begin, std::vector<int64_t>& slice) {
              RunStage(pass, index, x + begin * stage.channels, slice);
              RunStages(pass, index + 1, pass.workspace.outputs[index].data(), slice);
            });
}

/// One stage; `rows` become those that leave it.
void Decoder::RunStage(Pass& pass, size_t index, const float* x, std::span<int64_t> rows) const {
  const Stage& stage = stages_[index];
  Workspace& work = pass.workspace;
  kernels::Device& device = pass.ops.device();
  const int64_t in_rows = Total(rows), out_rows = in_rows * stage.upsampler.rate;
  const int64_t channels = stage.channels / 2;
  const auto count = static_cast<size_t>(out_rows * channels);
  float* input = work.input.Reserve(device, count);
  float* branch = work.branch.Reserve(device, count);
  float* output = work.outputs[index].Reserve(device, count);
  work.hidden.Reserve(device, count);

  int64_t history = stage.first_history;
  const float* padded = pass.Padded(rows, in_rows, /*context=*/1, stage.channels);
  pass.Activate(stage.alpha, x, rows, stage.channels, /*context=*/1, history);
  Show(pass.ops, pass.trace, "audio_decoder.activations", index, padded + stage.channels, in_rows,
       stage.channels);
  pass.ops.GroupedUpsample({.segments = rows,
                            .x = padded,
                            .weights = stage.upsampler.weights.data(),
                            .bias = stage.upsampler.bias.data(),
                            .y = input,
                            .channels = stage.channels,
                            .rate = stage.upsampler.rate});
  for (int64_t& one : rows) one *= stage.upsampler.rate;
  Show(pass.ops, pass.trace, "audio_decoder.up_sample_conv_layers", index, input, out_rows,
       channels);
  pass.Padded(rows, out_rows, stage.max_context, channels);
  AverageBranches(pass.ops, stage.residual, input, branch, output, out_rows * channels,
                  [&](const ResidualBlock& block, float* values) {
                    RunBlock(pass, block, values, rows, history);
                  });
  Show(pass.ops, pass.trace, "audio_decoder.res_layers", index, output, out_rows, channels);
}

/// x += skip_conv(half_snake(input_conv(half_snake(x)))), x [rows, C].
void Decoder::RunBlock(Pass& pass, const ResidualBlock& block, float* x, Rows rows,
                       int64_t& history) const {
  const int64_t channels = block.input_conv.inputs();
  float* hidden = pass.workspace.hidden.data();
  pass.Activate(block.input_alpha, x, rows, channels, block.input_conv.context(), history);
  pass.Convolve(block.input_conv, rows, hidden, /*accumulate=*/false);
  pass.Activate(block.skip_alpha, hidden, rows, channels, block.skip_conv.context(), history);
  pass.Convolve(block.skip_conv, rows, x, /*accumulate=*/true);
}

void Decoder::RunHead(Pass& pass, const float* x, Rows rows) const {
  const int64_t channels = post_conv_.inputs(), context = post_conv_.context(), total = Total(rows);
  int64_t history = head_history_;
  const float* padded = pass.Padded(rows, total, context, channels);
  pass.Activate(post_alpha_, x, rows, channels, context, history);
  Show(pass.ops, pass.trace, "audio_decoder.post_activation", padded + context * channels, total,
       channels);
  float* audio = pass.workspace.hidden.Reserve(pass.ops.device(), static_cast<size_t>(total));
  pass.Convolve(post_conv_, rows, audio, /*accumulate=*/false);
  Show(pass.ops, pass.trace, "audio_decoder.post_conv", audio, total, 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    Part& part = pass.parts[i];
    const auto count = static_cast<size_t>(rows[i]);
    const std::span<float> samples = part.samples.first(count);
    pass.ops.Download(audio, samples);
    part.finite = part.finite && AllFinite(samples);
    for (float& sample : samples) sample = std::clamp(sample, -1.0f, 1.0f);
    part.samples = part.samples.subspan(count);
    audio += count;
  }
}

}  // namespace kani::codec
