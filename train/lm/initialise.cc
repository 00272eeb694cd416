#include "train/lm/initialise.h"

#include <ATen/ops/empty.h>

#include <cmath>
#include <functional>
#include <span>
#include <string_view>

#include "base/random.h"

namespace kani::train {

namespace {

/// One draw per element, addressed by its place in the flat buffer.
std::function<double(uint64_t)> Draw(std::string_view name, const Shape& shape,
                                     const model::LmConfig& config, double std,
                                     const CounterRandom& random) {
  if (shape.empty()) return [](uint64_t) { return 0.0; };
  if (name.ends_with("norm.weight")) return [](uint64_t) { return 1.0; };
  if (name.ends_with(".bias")) return [](uint64_t) { return 0.0; };
  if (shape.size() == 3) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(shape[2]));
    return [&random, bound](uint64_t i) { return bound * (2.0 * random.Uniform(i) - 1.0); };
  }
  double deviation = std;
  if (name.find(".layers.") != name.npos) {
    deviation *= std::sqrt(1024.0 / static_cast<double>(config.hidden_size));
    if (name.ends_with("out_proj.weight") || name.ends_with("w2.weight")) {
      deviation /= std::sqrt(2.0 * static_cast<double>(config.num_hidden_layers()));
    }
  }
  return [&random, deviation](uint64_t i) { return deviation * random.Normal(i); };
}

}  // namespace

void Initialise(LanguageModel& model, uint64_t seed, double std) {
  Parameters& parameters = model.parameters();
  const CounterRandom random(seed);
  // Drawn by the processor, wherever the weights lie.
  const at::Tensor drawn = at::empty(parameters.values().sizes(), at::kFloat);
  float* values = drawn.data_ptr<float>();
  for (size_t i = 0; i < parameters.specs().size(); ++i) {
    const TensorSpec& spec = parameters.specs()[i];
    const auto draw = Draw(spec.name, spec.shape, model.config(), std, random);
    const int64_t begin = parameters.Offset(i), end = begin + ElementCount(spec.shape);
    for (int64_t at = begin; at < end; ++at) {
      values[at] = static_cast<float>(draw(static_cast<uint64_t>(at)));
    }
  }
  parameters.values().copy_(drawn);
}

}  // namespace kani::train
