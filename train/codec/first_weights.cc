#include "train/codec/first_weights.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace kani::train {

namespace {

// Most cells of the quantiser are within one of its middle, and none is beyond three.
constexpr double kLatentDeviation = 0.8;
constexpr double kSpeechDeviation = 0.1;
constexpr double kLeastDeviation = 1e-8;  // of a batch: nothing is scaled by more than its inverse

bool IsLast(const model::ConvolutionTensors& layer) {
  return layer.module.ends_with("post_conv.conv");
}
bool IsEncoder(const model::ConvolutionTensors& layer) {
  return layer.module.starts_with("audio_encoder.");
}

/// The norm of each of the first axis' parts: [N, 1, 1], or with one more axis.
at::Tensor Magnitudes(const at::Tensor& direction) {
  Shape shape(static_cast<size_t>(direction.dim()), 1);
  shape[0] = -1;
  return direction.flatten(1).norm(2, 1).view(shape);
}

/// The beginning of a tensor's name before `end`; empty if it ends otherwise.
std::string_view Before(std::string_view name, std::string_view end) {
  return name.ends_with(end) ? name.substr(0, name.size() - end.size()) : std::string_view();
}

void CopyTo(const at::Tensor& weight, std::span<const float> values) {
  const at::Tensor loaded = at::empty(weight.sizes(), at::kFloat);
  std::copy(values.begin(), values.end(), loaded.data_ptr<float>());
  weight.copy_(loaded);
}

void Load(const formats::TensorStore& store, Parameters& parameters) {
  const at::NoGradGuard no_gradients;
  for (const auto& [name, shape] : parameters.specs()) {
    const std::string_view of_g = Before(name, ".weight_g"), of_v = Before(name, ".weight_v");
    const std::string module(of_g.empty() ? of_v : of_g);
    const std::string newer = module + ".parametrizations.weight.original";
    std::string stored = name;
    if (!module.empty() && store.Find(newer + "0") != nullptr) {
      stored = newer + (of_g.empty() ? "1" : "0");
    } else if (!of_v.empty() && store.Find(name) == nullptr) {
      stored = module + ".weight";  // folded
    } else if (!of_g.empty() && store.Find(name) == nullptr) {
      continue;  // made below, from its direction
    }
    const std::vector<float> values = store.Get(stored, shape).Floats();
    store.RequireFinite(stored, values);
    CopyTo(parameters.Get(name), values);
    if (stored.ends_with(".weight")) {
      parameters.Get(module + ".weight_g").copy_(Magnitudes(parameters.Get(name)));
    }
  }
}

}  // namespace

void Initialise(CodecNetwork& network, uint64_t seed) {
  const at::NoGradGuard no_gradients;
  Parameters& parameters = network.parameters();
  const CounterRandom random(seed);
  parameters.values().zero_();
  for (size_t i = 0; i < parameters.specs().size(); ++i) {
    const auto& [name, shape] = parameters.specs()[i];
    const at::Tensor weight = parameters.Get(name);
    if (name.ends_with(".alpha")) weight.fill_(1);
    const std::string_view module = Before(name, ".weight_v");
    if (module.empty()) continue;
    const double bound = 1.0 / std::sqrt(static_cast<double>(shape[1] * shape[2]));
    std::vector<float> drawn;
    for (int64_t j = 0; j < ElementCount(shape); ++j) {
      const auto place = static_cast<uint64_t>(parameters.Offset(i) + j);
      drawn.push_back(static_cast<float>(bound * (2.0 * random.Uniform(place) - 1.0)));
    }
    CopyTo(weight, drawn);
    parameters.Get(std::string(module) + ".weight_g").copy_(Magnitudes(weight));
  }
}

void Calibrate(CodecNetwork& network, const at::Tensor& samples) {
  const at::NoGradGuard no_gradients;
  const Parameters& parameters = network.parameters();
  const auto watch = [&](const model::ConvolutionTensors& layer, const at::Tensor& output) {
    const bool is_latent = IsLast(layer) && IsEncoder(layer);
    at::Tensor values = output.to(at::kFloat);
    const at::Tensor mean = values.mean(at::IntArrayRef({0, 1}));  // of each channel
    if (is_latent) values = values - mean;
    const double wanted = is_latent ? kLatentDeviation : IsLast(layer) ? kSpeechDeviation : 1.0;
    const double scale = wanted / std::max(values.std().item<double>(), kLeastDeviation);
    parameters.Get(layer.module + ".weight_g").mul_(scale);
    // The latent lies around the middle of its levels; all other biases are zero.
    if (is_latent) parameters.Get(layer.module + ".bias").copy_(mean * -scale);
  };
  const at::Tensor latent = network.Latent(samples, watch);
  network.Decode(network.Quantise(latent).values, watch);
}

void LoadCodec(const formats::TensorStore& store, CodecNetwork& network) {
  Load(store, network.parameters());
}

void LoadDiscriminators(const formats::TensorStore& store, Discriminators& discriminators) {
  Load(store, discriminators.parameters());
}

}  // namespace kani::train
