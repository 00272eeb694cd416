#include "train/codec/spectral_loss.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"
#include "train/codec/spectrum_passes.h"

namespace kani::train {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr int64_t kLongestProduct = 128;  // of windows: for longer ones an FFT is faster
constexpr int64_t kFramesAtOnce = 64;

/// Samples [B, S] as overlapping frames, and back.
class Frames {
 public:
  Frames(const SpectralLoss::Resolution& resolution, MelFrames kind, int64_t samples)
      : hop_(resolution.hop),
        window_(resolution.window),
        kind_(kind),
        samples_(samples),
        count_(samples / hop_ + 1) {}

  int64_t count() const { return count_; }
  /// Frames of a clip that count.
  int64_t Valid(int64_t length) const {
    return std::min(count_, length / hop_ + (kind_ == MelFrames::kReflected ? 1 : 0));
  }

  /// [B, frames, window]
  at::Tensor Cut(const at::Tensor& x) const {
    const int64_t side = window_ / 2;
    const at::Tensor padded = kind_ == MelFrames::kReflected
                                  ? at::reflection_pad1d(x.unsqueeze(1), {side, side}).squeeze(1)
                                  : at::constant_pad_nd(x, {side, side});
    return padded.unfold(1, window_, hop_);
  }
  /// The gradient of x from that of its frames.
  at::Tensor Join(const at::Tensor& frames) const {
    const int64_t side = window_ / 2, parts = window_ / hop_;
    const int64_t blocks = count_ + parts - 1;
    const int64_t padded = std::max(blocks * hop_, samples_ + 2 * side);
    const at::Tensor sum = at::zeros({frames.size(0), padded}, frames.options());
    const at::Tensor rows = sum.narrow(1, 0, blocks * hop_).view({-1, blocks, hop_});
    for (int64_t i = 0; i < parts; ++i) {
      rows.narrow(1, i, count_).add_(frames.narrow(2, i * hop_, hop_));
    }
    const at::Tensor x = sum.narrow(1, side, samples_);
    if (kind_ == MelFrames::kReflected) {
      x.narrow(1, 1, side).add_(sum.narrow(1, 0, side).flip(1));
      x.narrow(1, samples_ - 1 - side, side).add_(sum.narrow(1, side + samples_, side).flip(1));
    }
    return x;
  }

 private:
  int64_t hop_, window_;
  MelFrames kind_;
  int64_t samples_, count_;
};

/// [B, frames, window] to pairs of real and imaginary parts [B, frames, bins, 2].
at::Tensor Transform(const SpectralLoss::Resolution& resolution, const at::Tensor& frames) {
  if (resolution.basis.defined()) {
    return at::matmul(frames, resolution.basis)
        .view({frames.size(0), frames.size(1), resolution.window / 2 + 1, 2});
  }
  return at::view_as_real(at::fft_rfft(frames * resolution.shape)).contiguous();
}

/// The gradient of frames from that of their spectrum.
at::Tensor TransformBack(const SpectralLoss::Resolution& resolution, const at::Tensor& spectrum) {
  if (resolution.basis.defined()) {
    return at::matmul(spectrum.flatten(2), resolution.basis.t());
  }
  // An inverse transform without its factor counts all bins but the ends twice.
  const at::Tensor halves = at::view_as_complex(spectrum * resolution.ends);
  return at::fft_irfft(halves, resolution.window, -1, "forward") * resolution.shape;
}

/// work(item, first frame, frames) in parallel; sums what it returns, in order.
template <typename Work>
double SumOverFrames(const std::vector<int64_t>& valid, const Work& work) {
  struct Piece {
    int64_t item, first, count;
  };
  std::vector<Piece> pieces;
  for (int64_t item = 0; item < std::ssize(valid); ++item) {
    for (int64_t first = 0; first < valid[static_cast<size_t>(item)]; first += kFramesAtOnce) {
      const int64_t left = valid[static_cast<size_t>(item)] - first;
      pieces.push_back({item, first, std::min(kFramesAtOnce, left)});
    }
  }
  std::vector<double> sums(pieces.size());
  at::parallel_for(0, std::ssize(pieces), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Piece& piece = pieces[static_cast<size_t>(i)];
      sums[static_cast<size_t>(i)] = work(piece.item, piece.first, piece.count);
    }
  });
  double sum = 0;
  for (const double value : sums) sum += value;
  return sum;
}

/// The mean distance of two [B, frames, N] of magnitudes, and its gradient into `gradient`.
/// @param weight of the gradient
double MeanLogDistance(const at::Tensor& generated, const at::Tensor& real, double guard,
                       const std::vector<int64_t>& valid, double weight,
                       const at::Tensor& gradient) {
  const int64_t width = generated.size(2);
  return SumOverFrames(valid, [&](int64_t item, int64_t first, int64_t frames) {
    const double scale =
        1.0 / static_cast<double>(width * valid[static_cast<size_t>(item)] * std::ssize(valid));
    const int64_t at = (item * generated.size(1) + first) * width, count = frames * width;
    std::vector<float> target(static_cast<size_t>(count));
    LogOf(real.data_ptr<float>() + at, static_cast<float>(guard), target.data(), count);
    return scale * LogDistance(generated.data_ptr<float>() + at, target.data(),
                               static_cast<float>(guard), static_cast<float>(weight * scale),
                               gradient.data_ptr<float>() + at, count);
  });
}

at::Tensor MagnitudesOf(const at::Tensor& spectrum) {
  const at::Tensor out = at::empty(spectrum.sizes().slice(0, 3), spectrum.options());
  at::parallel_for(0, out.numel(), int64_t{1} << 15, [&](int64_t begin, int64_t end) {
    Magnitude(spectrum.data_ptr<float>() + 2 * begin, out.data_ptr<float>() + begin, end - begin);
  });
  return out;
}

struct Weights {
  double mel = 0, stft = 0;
};

/// One resolution: the two distances, and the weighted gradient of the samples if it is wanted.
struct Measured {
  double mel = 0, stft = 0;
  at::Tensor gradient;
};
Measured Measure(const SpectralLoss::Resolution& resolution, const SpectralLossSettings& settings,
                 MelFrames kind, const Weights& weights, const at::Tensor& generated,
                 const at::Tensor& real, const std::vector<int64_t>& lengths, bool has_gradient) {
  const Frames frames(resolution, kind, generated.size(1));
  std::vector<int64_t> valid;
  for (const int64_t length : lengths) valid.push_back(frames.Valid(length));
  const at::Tensor spectrum = Transform(resolution, frames.Cut(generated));
  const at::Tensor magnitudes = MagnitudesOf(spectrum);
  const at::Tensor wanted = MagnitudesOf(Transform(resolution, frames.Cut(real)));
  at::Tensor gradient = at::zeros_like(magnitudes);
  Measured out;
  if (weights.stft != 0) {
    out.stft =
        MeanLogDistance(magnitudes, wanted, settings.stft_guard, valid, weights.stft, gradient);
  }
  if (weights.mel != 0) {
    const at::Tensor mel = at::matmul(magnitudes, resolution.filters);
    const at::Tensor mel_gradient = at::zeros_like(mel);
    out.mel = MeanLogDistance(mel, at::matmul(wanted, resolution.filters), settings.mel_guard,
                              valid, weights.mel, mel_gradient);
    if (has_gradient) gradient += at::matmul(mel_gradient, resolution.filters.t());
  }
  if (!has_gradient) return out;
  at::parallel_for(0, gradient.numel(), int64_t{1} << 15, [&](int64_t begin, int64_t end) {
    MagnitudeBackward(magnitudes.data_ptr<float>() + begin, gradient.data_ptr<float>() + begin,
                      spectrum.data_ptr<float>() + 2 * begin, end - begin);
  });
  out.gradient = frames.Join(TransformBack(resolution, spectrum));
  return out;
}

/// The same for LibTorch's own differentiation: distances of magnitudes and of mel magnitudes.
struct Differentiable {
  at::Tensor mel, stft;
};
Differentiable MeasurePlainly(const SpectralLoss::Resolution& resolution,
                              const SpectralLossSettings& settings, MelFrames kind,
                              const at::Tensor& generated, const at::Tensor& real,
                              const std::vector<int64_t>& lengths) {
  const Frames frames(resolution, kind, generated.size(1));
  std::vector<float> weights;  // of each frame
  for (const int64_t length : lengths) {
    const int64_t valid = frames.Valid(length);
    for (int64_t i = 0; i < frames.count(); ++i) {
      weights.push_back(i < valid ? 1.0f / static_cast<float>(valid * std::ssize(lengths)) : 0.0f);
    }
  }
  const at::Tensor weight = at::tensor(weights).view({-1, frames.count()}).to(real.device());
  const auto magnitudes = [&](const at::Tensor& x) {
    return (Transform(resolution, frames.Cut(x)).square().sum(-1) + 1e-5).sqrt();
  };
  const auto distance = [&](const at::Tensor& a, const at::Tensor& b, double guard) {
    return (((a + guard).log() - (b + guard).log()).abs().mean(-1) * weight).sum();
  };
  const at::Tensor a = magnitudes(generated), b = magnitudes(real);
  return {distance(at::matmul(a, resolution.filters), at::matmul(b, resolution.filters),
                   settings.mel_guard),
          distance(a, b, settings.stft_guard)};
}

/// All of each clip, where nothing else is said.
std::vector<int64_t> LengthsOr(const std::vector<int64_t>& lengths, const at::Tensor& samples) {
  if (!lengths.empty()) return lengths;
  return std::vector<int64_t>(static_cast<size_t>(samples.size(0)), samples.size(1));
}

/// A value whose gradient is known.
struct KnownGradient : torch::autograd::Function<KnownGradient> {
  static Variable forward(AutogradContext* context, const Variable& input,
                          const at::Tensor& gradient, double value) {
    context->save_for_backward({gradient});
    return at::full({}, value, input.options());
  }
  static variable_list backward(AutogradContext* context, variable_list outer) {
    return {context->get_saved_variables()[0] * outer[0], Variable(), Variable()};
  }
};

double MelOf(double hz) {
  return hz < 1000 ? hz * 3 / 200 : 15 + 27 * std::log(hz / 1000) / std::log(6.4);
}
double HzOf(double mel) {
  return mel < 15 ? mel * 200 / 3 : 1000 * std::exp((mel - 15) * std::log(6.4) / 27);
}

/// [window, 2 * bins] of cosines and negative sines by turns, with the window's shape.
at::Tensor FourierBasis(const at::Tensor& shape) {
  const auto wide = at::TensorOptions(at::kDouble);
  const int64_t window = shape.size(0);
  const at::Tensor angle =
      at::outer(at::arange(window, wide), at::arange(window / 2 + 1, wide)).remainder(window) *
      (2 * std::numbers::pi / static_cast<double>(window));
  const at::Tensor pairs = at::stack({angle.cos(), -angle.sin()}, 2).flatten(1);
  return (pairs * shape.unsqueeze(1)).to(at::kFloat);
}

}  // namespace

void Check(const SpectralLossSettings& settings) {
  if (settings.windows.empty() || settings.windows.size() != settings.mel_bands.size()) {
    Fail(ErrorCode::kInvalidArgument, settings.windows.size(), " windows and ",
         settings.mel_bands.size(), " numbers of mel bands, expected as many");
  }
  for (const int64_t window : settings.windows) {
    if (window < 8 || window > 65536 || window % 4 != 0) {
      Fail(ErrorCode::kInvalidArgument, "window of ", window,
           " samples, expected a multiple of 4 in [8, 65536]");
    }
  }
  for (const int64_t bands : settings.mel_bands) {
    if (bands < 1 || bands > 4096) {
      Fail(ErrorCode::kInvalidArgument, bands, " mel bands, expected [1, 4096]");
    }
  }
  if (!(settings.mel_guard > 0 && settings.stft_guard > 0)) {
    Fail(ErrorCode::kInvalidArgument, "guards of the logarithms ", settings.mel_guard, " and ",
         settings.stft_guard, ", expected above 0");
  }
}

SpectralLoss::SpectralLoss(const SpectralLossSettings& settings, int64_t sample_rate_hz,
                           at::Device device)
    : settings_(settings) {
  for (size_t i = 0; i < settings.windows.size(); ++i) {
    const int64_t window = settings.windows[i];
    Resolution& out = resolutions_.emplace_back(Resolution{.window = window, .hop = window / 4});
    const at::Tensor shape = at::hann_window(window, /*periodic=*/false, at::kDouble);
    out.shape = shape.to(at::kFloat).to(device);
    if (window <= kLongestProduct) out.basis = FourierBasis(shape).to(device);
    out.filters = MelFilters(window, settings.mel_bands[i], sample_rate_hz).to(device);
    out.ends = at::full({window / 2 + 1, 1}, 0.5, out.shape.options());
    out.ends[0].fill_(1);
    out.ends[window / 2].fill_(1);
  }
}

SpectralLoss::Distance SpectralLoss::operator()(const at::Tensor& generated, const at::Tensor& real,
                                                const std::vector<int64_t>& lengths) const {
  if (!generated.is_cpu()) return Plain(generated, real, lengths);
  const bool has_gradient = at::GradMode::is_enabled() && generated.requires_grad();
  const std::vector<int64_t> all = LengthsOr(lengths, generated);
  const auto resolutions = static_cast<double>(resolutions_.size());
  const Weights weights{settings_.mel_weight / resolutions, settings_.stft_weight / resolutions};
  const bool is_same = settings_.mel_frames == MelFrames::kReflected;
  Distance out;
  at::Tensor gradient = at::zeros_like(generated);
  {
    const at::NoGradGuard no_gradients;
    const auto add = [&](const Resolution& resolution, MelFrames kind, const Weights& used) {
      const Measured found =
          Measure(resolution, settings_, kind, used, generated, real, all, has_gradient);
      out.mel += found.mel / resolutions;
      out.stft += found.stft / resolutions;
      if (has_gradient) gradient += found.gradient;
    };
    for (const Resolution& resolution : resolutions_) {
      add(resolution, MelFrames::kReflected, is_same ? weights : Weights{0, weights.stft});
      if (!is_same) add(resolution, MelFrames::kSilent, {weights.mel, 0});
    }
  }
  const double total = settings_.mel_weight * out.mel + settings_.stft_weight * out.stft;
  out.total = KnownGradient::apply(generated, gradient, total);
  return out;
}

SpectralLoss::Distance SpectralLoss::Plain(const at::Tensor& generated, const at::Tensor& real,
                                           const std::vector<int64_t>& lengths) const {
  const std::vector<int64_t> all = LengthsOr(lengths, generated);
  at::Tensor mel = at::zeros({}, generated.options()), stft = at::zeros({}, generated.options());
  for (const Resolution& resolution : resolutions_) {
    const auto measure = [&](MelFrames kind) {
      return MeasurePlainly(resolution, settings_, kind, generated, real, all);
    };
    const Differentiable reflected = measure(MelFrames::kReflected);
    stft = stft + reflected.stft;
    mel = mel + (settings_.mel_frames == MelFrames::kReflected ? reflected.mel
                                                               : measure(MelFrames::kSilent).mel);
  }
  const auto resolutions = static_cast<double>(resolutions_.size());
  mel = mel / resolutions;
  stft = stft / resolutions;
  return {mel * settings_.mel_weight + stft * settings_.stft_weight, mel.item<double>(),
          stft.item<double>()};
}

at::Tensor MelFilters(int64_t window, int64_t bands, int64_t sample_rate_hz) {
  const double top = MelOf(static_cast<double>(sample_rate_hz) / 2);
  const int64_t bins = window / 2 + 1;
  const auto edge = [&](int64_t i) {
    return HzOf(top * static_cast<double>(i) / static_cast<double>(bands + 1));
  };
  const at::Tensor filters = at::zeros({bins, bands}, at::kFloat);
  for (int64_t band = 0; band < bands; ++band) {
    const double low = edge(band), peak = edge(band + 1), high = edge(band + 2);
    for (int64_t bin = 0; bin < bins; ++bin) {
      const double hz = static_cast<double>(bin * sample_rate_hz) / static_cast<double>(window);
      const double height = std::min((hz - low) / (peak - low), (high - hz) / (high - peak));
      filters.data_ptr<float>()[bin * bands + band] = static_cast<float>(std::max(0.0, height));
    }
  }
  return filters;
}

}  // namespace kani::train
