#include "train/codec/discriminators.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace kani::train {

namespace {

constexpr double kSlope = 0.1;

void AddLayer(const std::string& module, const Shape& weight, std::vector<TensorSpec>& specs) {
  specs.push_back({module + ".weight_g", {weight[0], 1, 1, 1}});
  specs.push_back({module + ".weight_v", weight});
  specs.push_back({module + ".bias", {weight[0]}});
}

std::string LayerName(const std::string& network, size_t index, size_t count) {
  return index + 1 == count ? network + ".conv_post.conv"
                            : StrCat(network, ".conv_layers.", index, ".conv");
}

/// Shapes of the layers of one network, the scores last.
std::vector<Shape> PeriodShapes(const DiscriminatorSettings& settings) {
  std::vector<Shape> shapes;
  int64_t inputs = 1;
  for (const int64_t channels : settings.period_channels) {
    shapes.push_back({channels, inputs, 5, 1});
    inputs = channels;
  }
  shapes.push_back({1, inputs, 3, 1});
  return shapes;
}

std::vector<Shape> BandShapes(const DiscriminatorSettings& settings) {
  const int64_t c = settings.band_channels;
  return {{c, 2, 3, 9}, {c, c, 3, 9}, {c, c, 3, 9}, {c, c, 3, 9}, {c, c, 3, 3}, {1, c, 3, 3}};
}

/// Every network: its name, its layers' shapes, and whether it looks at periods.
struct Plan {
  std::string name;
  std::vector<Shape> shapes;
  bool is_period;
};
std::vector<Plan> Plans(const DiscriminatorSettings& settings) {
  std::vector<Plan> plans;
  int64_t kind = 0;
  const auto kind_name = [&] { return StrCat("discriminator.discriminators.", kind); };
  for (size_t i = 0; i < settings.periods.size(); ++i) {
    plans.push_back(
        {StrCat(kind_name(), ".discriminators.", i), PeriodShapes(settings), /*is_period=*/true});
  }
  if (!settings.periods.empty()) ++kind;
  for (size_t i = 0; i < settings.windows.size(); ++i) {
    for (size_t band = 0; band + 1 < settings.bands.size(); ++band) {
      plans.push_back({StrCat(kind_name(), ".discriminators.", i, ".discriminators.", band),
                       BandShapes(settings), /*is_period=*/false});
    }
  }
  return plans;
}

std::vector<TensorSpec> Specs(const DiscriminatorSettings& settings) {
  std::vector<TensorSpec> specs;
  for (const Plan& plan : Plans(settings)) {
    for (size_t i = 0; i < plan.shapes.size(); ++i) {
      AddLayer(LayerName(plan.name, i, plan.shapes.size()), plan.shapes[i], specs);
    }
  }
  return specs;
}

/// Reflected on either side, as far as half a kernel reaches.
at::Tensor Padded(const at::Tensor& x, const at::Tensor& weight) {
  const int64_t rows = weight.size(2) / 2, columns = weight.size(3) / 2;
  return at::reflection_pad2d(x, {columns, columns, rows, rows});
}

}  // namespace

void Check(const DiscriminatorSettings& settings) {
  const auto check = [](const char* name, const std::vector<int64_t>& values, int64_t low,
                        int64_t high) {
    for (const int64_t value : values) {
      if (value < low || value > high) {
        Fail(ErrorCode::kInvalidArgument, name, " of discriminators ", value, ", expected [", low,
             ", ", high, "]");
      }
    }
  };
  check("periods", settings.periods, 2, 64);
  check("channels", settings.period_channels, 1, 4096);
  check("channels", {settings.band_channels}, 1, 4096);
  check("windows", settings.windows, 64, 8192);
  const bool in_order = std::ranges::is_sorted(settings.bands) && settings.bands.size() >= 2 &&
                        settings.bands.front() >= 0 && settings.bands.back() <= 1;
  if (!in_order) {
    Fail(ErrorCode::kInvalidArgument, "bands of discriminators: expected rising shares in [0, 1]");
  }
}

Discriminators::Discriminators(const DiscriminatorSettings& settings, uint64_t seed,
                               at::Device device)
    : settings_(settings), parameters_(Specs(settings), device) {
  for (const Plan& plan : Plans(settings)) {
    Network& network = networks_.emplace_back();
    for (size_t i = 0; i < plan.shapes.size(); ++i) {
      const bool is_inner = i + 2 < plan.shapes.size();
      std::vector<int64_t> stride = {1, 1};
      if (plan.is_period && is_inner) stride = {3, 1};
      if (!plan.is_period && i > 0 && is_inner) stride = {1, 2};
      network.push_back({LayerName(plan.name, i, plan.shapes.size()), stride});
    }
  }
  for (const int64_t window : settings.windows) {
    shapes_.push_back(at::hann_window(window, /*periodic=*/false, at::kFloat).to(device));
  }
  Draw(seed);
}

void Discriminators::Draw(uint64_t seed) {
  const at::NoGradGuard no_gradients;
  const CounterRandom random(seed, 1);  // the codec draws from stream 0
  const at::Tensor drawn = at::zeros(parameters_.values().sizes(), at::kFloat);
  double bound = 0;
  for (size_t i = 0; i < parameters_.specs().size(); ++i) {
    const auto& [name, shape] = parameters_.specs()[i];
    if (name.ends_with("weight_g")) continue;
    // A bias follows its weight and has the same bound.
    if (shape.size() > 1) {
      bound = 1.0 / std::sqrt(static_cast<double>(ElementCount(std::span(shape).subspan(1))));
    }
    const int64_t begin = parameters_.Offset(i);
    for (int64_t at = begin; at < begin + ElementCount(shape); ++at) {
      drawn.data_ptr<float>()[at] =
          static_cast<float>(bound * (2.0 * random.Uniform(static_cast<uint64_t>(at)) - 1.0));
    }
  }
  parameters_.values().copy_(drawn);
  for (const Network& network : networks_) {
    for (const Layer& layer : network) {
      const at::Tensor direction = parameters_.Get(layer.module + ".weight_v");
      parameters_.Get(layer.module + ".weight_g")
          .copy_(direction.flatten(1).norm(2, 1).view({-1, 1, 1, 1}));
    }
  }
}

Discriminators::Judgement Discriminators::Run(const Network& network, at::Tensor x,
                                              bool learns) const {
  const auto get = [&](const std::string& name) {
    const at::Tensor& weight = parameters_.Get(name);
    return learns ? weight : weight.detach();
  };
  Judgement out;
  for (size_t i = 0; i < network.size(); ++i) {
    const std::string& module = network[i].module;
    const at::Tensor weight =
        at::_weight_norm(get(module + ".weight_v"), get(module + ".weight_g"), 0);
    x = at::conv2d(Padded(x, weight), weight, get(module + ".bias"), network[i].stride);
    if (i + 1 < network.size()) x = at::leaky_relu(x, kSlope);
    out.maps.push_back(x);
  }
  out.scores = x;
  return out;
}

/// Real and imaginary parts of all bins: [B, 2, frames, bins].
at::Tensor Discriminators::Spectrum(const at::Tensor& samples, size_t index) const {
  const int64_t window = settings_.windows[index];
  const at::Tensor padded =
      at::reflection_pad1d(samples.unsqueeze(1), {window / 2, window / 2}).squeeze(1);
  const at::Tensor spectrum =
      at::stft(padded, window, window / 4, window, shapes_[index], /*normalized=*/false,
               /*onesided=*/true, /*return_complex=*/true);
  return at::view_as_real(spectrum).permute({0, 3, 2, 1}) / std::sqrt(static_cast<double>(window));
}

Judgements Discriminators::operator()(const at::Tensor& samples, bool learns) const {
  Judgements out;
  size_t next = 0;
  for (const int64_t period : settings_.periods) {
    const int64_t missing = (period - samples.size(1) % period) % period;
    const at::Tensor x = at::reflection_pad1d(samples.unsqueeze(1), {0, missing});
    out.push_back(Run(networks_[next++], x.view({x.size(0), 1, -1, period}), learns));
  }
  for (size_t i = 0; i < settings_.windows.size(); ++i) {
    const at::Tensor spectrum = Spectrum(samples, i);
    const auto border = [&](size_t band) {
      return static_cast<int64_t>(settings_.bands[band] * static_cast<double>(spectrum.size(3)));
    };
    for (size_t band = 0; band + 1 < settings_.bands.size(); ++band) {
      const int64_t begin = border(band);
      const at::Tensor x = spectrum.narrow(3, begin, border(band + 1) - begin).contiguous();
      out.push_back(Run(networks_[next++], x, learns));
    }
  }
  return out;
}

at::Tensor DiscriminatorLoss(const Judgements& real, const Judgements& generated) {
  at::Tensor sum;
  for (size_t i = 0; i < real.size(); ++i) {
    const at::Tensor loss =
        ((1 - real[i].scores).square().mean() + generated[i].scores.square().mean()) / 2;
    sum = sum.defined() ? sum + loss : loss;
  }
  return sum / static_cast<double>(real.size());
}

at::Tensor AdversarialLoss(const Judgements& generated) {
  at::Tensor sum;
  for (const Discriminators::Judgement& judgement : generated) {
    const at::Tensor loss = (1 - judgement.scores).square().mean();
    sum = sum.defined() ? sum + loss : loss;
  }
  return sum / static_cast<double>(generated.size());
}

at::Tensor FeatureLoss(const Judgements& real, const Judgements& generated) {
  at::Tensor sum;
  for (size_t i = 0; i < real.size(); ++i) {
    const auto maps = static_cast<double>(real[i].maps.size());
    for (size_t j = 0; j < real[i].maps.size(); ++j) {
      const at::Tensor loss = (real[i].maps[j].detach() - generated[i].maps[j]).abs().mean() / maps;
      sum = sum.defined() ? sum + loss : loss;
    }
  }
  return sum / static_cast<double>(real.size());
}

}  // namespace kani::train
