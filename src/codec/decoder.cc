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

}  // namespace

/// One call of Run.
struct Decoder::Pass {
  State& state;
  float* samples;  // host memory, moves on as samples are finished
  const Trace& trace;
};

Decoder::Decoder(kernels::Ops& ops, LayerReader& reader, const model::CodecDecoderConfig& config)
    : ops_(ops) {
  const std::string name = "audio_decoder.";
  int64_t channels = config.base_channels;
  pre_conv_ = reader.ReadConvolution(name + "pre_conv.conv", channels, config.input_dim,
                                     config.in_kernel_size);
  history_floats_ = HistoryFloats(pre_conv_);
  for (size_t i = 0; i < config.up_sample_rates.size(); ++i) {
    Stage& stage = stages_.emplace_back();
    stage.channels = channels;
    stage.first_history = history_floats_;
    stage.alpha = reader.ReadAlpha(StrCat(name, "activations.", i), channels);
    stage.upsampler = reader.ReadUpsampler(StrCat(name, "up_sample_conv_layers.", i, ".conv"),
                                           channels, config.up_sample_rates[i]);
    history_floats_ += channels;  // the row before the first
    channels /= 2;
    stage.residual = reader.ReadResidualLayer(StrCat(name, "res_layers.", i),
                                              {.channels = channels,
                                               .kernel_sizes = config.resblock_kernel_sizes,
                                               .dilations = config.resblock_dilation_sizes,
                                               .half_snake = true});
    stage.max_context = MaxContext(stage.residual);
    for (const std::vector<ResidualBlock>& branch : stage.residual) {
      for (const ResidualBlock& block : branch) {
        history_floats_ += HistoryFloats(block.input_conv) + HistoryFloats(block.skip_conv);
      }
    }
  }
  head_history_ = history_floats_;
  post_alpha_ = reader.ReadAlpha(name + "post_activation", channels);
  post_conv_ = reader.ReadConvolution(name + "post_conv.conv", 1, channels, config.out_kernel_size);
  history_floats_ += HistoryFloats(post_conv_);
}

Decoder::State::State(const Decoder& decoder)
    : ops_(decoder.ops_),
      history_floats_(decoder.history_floats_),
      outputs_(decoder.stages_.size()) {
  Reset();
}

void Decoder::State::Reset() { history_ = Buffer(ops_, static_cast<size_t>(history_floats_)); }

void Decoder::Run(State& state, std::span<const float> latent, std::span<float> samples,
                  const Trace& trace) const {
  const int64_t width = pre_conv_.inputs();
  const int64_t frames = std::ssize(latent) / width;
  Pass pass{state, samples.data(), trace};
  ForSlices(frames, trace ? frames : kFramesPerPass, [&](int64_t begin, int64_t count) {
    RunStem(pass, latent.data() + begin * width, count);
  });
  KANI_DCHECK(pass.samples == samples.data() + samples.size());
}

void Decoder::RunStem(Pass& pass, const float* latent, int64_t frames) const {
  State& state = pass.state;
  const int64_t width = pre_conv_.inputs(), channels = pre_conv_.outputs();
  float* x =
      state.padded_.Reserve(ops_, static_cast<size_t>((pre_conv_.context() + frames) * width));
  ops_.Upload({latent, static_cast<size_t>(frames * width)}, x + HistoryFloats(pre_conv_));
  float* stem = state.stem_.Reserve(ops_, static_cast<size_t>(frames * channels));
  float* history = state.history_.data();
  ConvolveCausal(pre_conv_, x, frames, stem, /*accumulate=*/false, history);
  Show(ops_, pass.trace, "audio_decoder.pre_conv", stem, frames, channels);
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
    RunStages(pass, index + 1, pass.state.outputs_[index].data(), count * stage.upsampler.rate);
  });
}

void Decoder::RunStage(Pass& pass, size_t index, const float* x, int64_t rows) const {
  const Stage& stage = stages_[index];
  State& state = pass.state;
  const int64_t channels = stage.channels / 2;
  const int64_t out_rows = rows * stage.upsampler.rate;
  const auto count = static_cast<size_t>(out_rows * channels);
  const size_t padding = static_cast<size_t>(stage.max_context * channels);
  float* padded = state.padded_.Reserve(
      ops_, std::max(count + padding, static_cast<size_t>((1 + rows) * stage.channels)));
  state.hidden_.Reserve(ops_, count + padding);
  float* input = state.input_.Reserve(ops_, count);
  float* branch = state.branch_.Reserve(ops_, count);
  float* output = state.outputs_[index].Reserve(ops_, count);

  float* history = state.history_.data() + stage.first_history;
  ops_.HalfSnake(x, stage.alpha.data(), padded + stage.channels, rows, stage.channels);
  Show(ops_, pass.trace, "audio_decoder.activations", index, padded + stage.channels, rows,
       stage.channels);
  ops_.Copy(history, padded, static_cast<size_t>(stage.channels));
  ops_.Copy(padded + rows * stage.channels, history, static_cast<size_t>(stage.channels));
  history += stage.channels;
  ops_.GroupedUpsample(padded, stage.upsampler.weights.data(), stage.upsampler.bias.data(), input,
                       rows, stage.channels, stage.upsampler.rate);
  Show(ops_, pass.trace, "audio_decoder.up_sample_conv_layers", index, input, out_rows, channels);
  AverageBranches(ops_, stage.residual, input, branch, output, out_rows * channels,
                  [&](const ResidualBlock& block, float* values) {
                    RunBlock(block, state, values, out_rows, history);
                  });
  Show(ops_, pass.trace, "audio_decoder.res_layers", index, output, out_rows, channels);
}

/// x += skip_conv(half_snake(input_conv(half_snake(x)))), x [rows, C].
void Decoder::RunBlock(const ResidualBlock& block, State& state, float* x, int64_t rows,
                       float*& history) const {
  const int64_t channels = block.input_conv.inputs();
  float* activated = state.padded_.data() + HistoryFloats(block.input_conv);
  float* hidden = state.hidden_.data() + HistoryFloats(block.skip_conv);
  ops_.HalfSnake(x, block.input_alpha.data(), activated, rows, channels);
  ConvolveCausal(block.input_conv, state.padded_.data(), rows, hidden, /*accumulate=*/false,
                 history);
  ops_.HalfSnake(hidden, block.skip_alpha.data(), hidden, rows, channels);
  ConvolveCausal(block.skip_conv, state.hidden_.data(), rows, x, /*accumulate=*/true, history);
}

void Decoder::RunHead(Pass& pass, const float* x, int64_t rows) const {
  State& state = pass.state;
  const int64_t channels = post_conv_.inputs();
  float* padded =
      state.padded_.Reserve(ops_, static_cast<size_t>((post_conv_.context() + rows) * channels));
  float* activated = padded + HistoryFloats(post_conv_);
  ops_.HalfSnake(x, post_alpha_.data(), activated, rows, channels);
  Show(ops_, pass.trace, "audio_decoder.post_activation", activated, rows, channels);
  float* audio = state.hidden_.Reserve(ops_, static_cast<size_t>(rows));
  float* history = state.history_.data() + head_history_;
  ConvolveCausal(post_conv_, padded, rows, audio, /*accumulate=*/false, history);
  Show(ops_, pass.trace, "audio_decoder.post_conv", audio, rows, 1);
  const std::span<float> samples(pass.samples, static_cast<size_t>(rows));
  ops_.Download(audio, samples);
  if (!AllFinite(samples)) {
    Fail(ErrorCode::kInvalidFile, "the samples are not finite: the codec's weights are damaged");
  }
  for (float& sample : samples) sample = std::clamp(sample, -1.0f, 1.0f);
  pass.samples += rows;
}

/// Convolves the newest `rows` rows of x after the past that `history` holds; then `history` holds
/// the past of the next call and points behind it.
/// @param x [context + rows, K]; its first `context` rows are filled here.
void Decoder::ConvolveCausal(const Convolution& layer, float* x, int64_t rows, float* y,
                             bool accumulate, float*& history) const {
  const int64_t inputs = layer.inputs();
  const auto past = static_cast<size_t>(HistoryFloats(layer));
  ops_.Copy(history, x, past);
  ops_.Convolve({.weights = layer.weights.get(),
                 .bias = layer.bias.data(),
                 .x = x,
                 .x_stride = inputs,
                 .y = y,
                 .y_stride = layer.outputs(),
                 .rows = rows,
                 .dilation = layer.dilation,
                 .accumulate = accumulate});
  ops_.Copy(x + rows * inputs, history, past);
  history += past;
}

}  // namespace kani::codec
