#include "train/optim/adamw.h"

#include <ATen/ATen.h>

#include <utility>

namespace kani::train {

double ClipNorm(const at::Tensor& gradients, double limit) {
  const double norm = gradients.norm().item<double>();
  // As torch's clip_grad_norm_, whose small constant keeps a norm of exactly the limit unchanged.
  const double scale = limit / (norm + 1e-6);
  if (scale < 1.0) gradients.mul_(scale);
  return norm;
}

AdamW::AdamW(at::Tensor values, at::Tensor gradients, std::vector<ParameterGroup> groups,
             Settings settings)
    : first_moments(at::zeros_like(values)),
      second_moments(at::zeros_like(values)),
      values_(std::move(values)),
      gradients_(std::move(gradients)),
      groups_(std::move(groups)),
      settings_(settings) {}

void AdamW::Step(double rate) {
  ++steps;
  for (const ParameterGroup& group : groups_) {
    if (group.begin == group.end) continue;
    const auto part = [&](const at::Tensor& all) {
      return std::vector<at::Tensor>{all.narrow(0, group.begin, group.end - group.begin)};
    };
    // The operator does not advance the step itself.
    const std::vector<at::Tensor> step = {
        at::scalar_tensor(static_cast<double>(steps), values_.options())};
    at::_fused_adamw_(part(values_), part(gradients_), part(first_moments), part(second_moments),
                      /*max_exp_avg_sqs=*/{}, step, rate * group.rate_ratio, settings_.beta1,
                      settings_.beta2, group.weight_decay, settings_.epsilon, /*amsgrad=*/false,
                      /*maximize=*/false);
  }
}

}  // namespace kani::train
