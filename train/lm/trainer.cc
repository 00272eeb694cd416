#include "train/lm/trainer.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

namespace kani::train {

namespace {

std::vector<ParameterGroup> Groups(const LanguageModel& model, const TrainerSettings& settings) {
  const int64_t alphas = model.alpha_offset(), all = model.parameters().values().size(0);
  return {{0, alphas, 1.0, settings.weight_decay}, {alphas, all, settings.alpha_rate_ratio, 0.0}};
}

}  // namespace

Trainer::Trainer(LanguageModel& model, const TrainerSettings& settings)
    : model_(model),
      settings_(settings),
      optimizer_(model.parameters().values(), model.parameters().gradients(),
                 Groups(model, settings), settings.adamw) {}

UpdateReport Trainer::Update(std::span<const PackedBatch> batches) {
  UpdateReport report;
  for (const PackedBatch& batch : batches) report.targets += batch.target_count;
  const at::Tensor& gradients = model_.parameters().gradients();
  gradients.zero_();
  for (const PackedBatch& batch : batches) {
    const at::Tensor loss = model_.LossSum(batch) / static_cast<double>(report.targets);
    loss.backward();
    report.loss += loss.item<double>();
  }
  report.gradient_norm = ClipNorm(gradients, settings_.max_gradient_norm);
  report.rate = settings_.schedule.Rate(step++);
  report.applied = std::isfinite(report.loss) && std::isfinite(report.gradient_norm);
  if (report.applied) optimizer_.Step(report.rate);
  return report;
}

}  // namespace kani::train
