#include "train/lm/rope_scales.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace kani::train {

std::vector<std::pair<std::string, double>> RopeScaleMetrics(const LanguageModel& model) {
  const model::LmConfig& config = model.config();
  std::vector<std::pair<std::string, double>> out;
  std::vector<double> scales;
  for (int64_t layer = 0; layer < config.num_hidden_layers(); ++layer) {
    const TensorSpec& spec = model.tensors().layers[static_cast<size_t>(layer)].rope_scale;
    if (spec.empty()) continue;
    const at::Tensor& weight = model.parameters().Get(spec.name);
    const double raw = weight.item<double>();
    scales.push_back(config.alpha_min +
                     (config.alpha_max - config.alpha_min) / (1.0 + std::exp(-raw)));
    out.emplace_back(StrCat("rope_alpha/layer_", layer, "/value"), scales.back());
    out.emplace_back(StrCat("rope_alpha/layer_", layer, "/raw_weight"), raw);
    out.emplace_back(StrCat("rope_grad/layer_", layer, "/norm"),
                     std::abs(weight.grad().item<double>()));
  }
  if (scales.empty()) return out;
  const auto count = static_cast<double>(scales.size());
  double mean = 0, squares = 0;
  for (const double scale : scales) mean += scale / count;
  for (const double scale : scales) squares += (scale - mean) * (scale - mean);
  out.emplace_back("rope_alpha/mean", mean);
  out.emplace_back("rope_alpha/min", *std::ranges::min_element(scales));
  out.emplace_back("rope_alpha/max", *std::ranges::max_element(scales));
  if (scales.size() > 1) out.emplace_back("rope_alpha/std", std::sqrt(squares / (count - 1)));
  return out;
}

}  // namespace kani::train
