#include "train/lm/trainer.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

namespace kani::train {

namespace {

constexpr float kNormMemory = 0.98f;  // of usual_norm: about the last 50 updates

/// Runs of neighbours with the same rules; frozen weights are in none.
std::vector<ParameterGroup> Groups(const LanguageModel& model, const TrainerSettings& settings) {
  const Parameters& parameters = model.parameters();
  std::vector<ParameterGroup> groups;
  for (size_t i = 0; i < parameters.specs().size(); ++i) {
    if (parameters.IsFrozen(i)) continue;
    const int64_t begin = parameters.Offset(i);
    const int64_t end = begin + ElementCount(parameters.specs()[i].shape);
    const ParameterGroup group = begin < model.alpha_offset()
                                     ? ParameterGroup{begin, end, 1.0, settings.weight_decay}
                                     : ParameterGroup{begin, end, settings.alpha_rate_ratio, 0.0};
    if (!groups.empty() && groups.back().end == begin && begin != model.alpha_offset()) {
      groups.back().end = end;
    } else {
      groups.push_back(group);
    }
  }
  return groups;
}

}  // namespace

Trainer::Trainer(LanguageModel& model, const TrainerSettings& settings, ProcessGroup& group)
    : model_(model),
      settings_(settings),
      group_(group),
      optimizer_(model.parameters().values(), model.parameters().gradients(),
                 Groups(model, settings), settings.adamw) {}

UpdateOutcome Trainer::Judge(const UpdateReport& report) const {
  if (!std::isfinite(report.loss) || !std::isfinite(report.gradient_norm)) {
    return UpdateOutcome::kNotFinite;
  }
  const bool is_spike = settings_.spike_ratio > 0 && usual_norm > 0 &&
                        report.gradient_norm > settings_.spike_ratio * usual_norm;
  return is_spike ? UpdateOutcome::kSpike : UpdateOutcome::kApplied;
}

UpdateReport Trainer::Update(std::span<const PackedBatch> batches) {
  UpdateReport report;
  for (const PackedBatch& batch : batches) report.targets += batch.target_count;
  report.targets = group_.Sum(report.targets);
  const at::Tensor& gradients = model_.parameters().gradients();
  gradients.zero_();
  for (const PackedBatch& batch : batches) {
    const at::Tensor loss = model_.LossSum(batch) / static_cast<double>(report.targets);
    loss.backward();
    report.loss += loss.item<double>();
  }
  report.loss = group_.SumInOrder(report.loss);
  group_.Sum(gradients);
  report.gradient_norm = ClipNorm(gradients, settings_.max_gradient_norm);
  report.rate = settings_.schedule.Rate(step++);
  report.outcome = Judge(report);
  if (report.outcome != UpdateOutcome::kApplied) return report;
  const at::Tensor& values = model_.parameters().values();
  if (settings_.average_decay == 0) average = at::Tensor();
  if (settings_.average_decay > 0 && !average.defined()) average = values.clone();
  optimizer_.Step(report.rate);
  if (average.defined()) average.lerp_(values, 1.0 - settings_.average_decay);
  const auto norm = static_cast<float>(report.gradient_norm);
  usual_norm = usual_norm == 0 ? norm : kNormMemory * usual_norm + (1 - kNormMemory) * norm;
  return report;
}

AveragedWeights::AveragedWeights(LanguageModel& model, const Trainer& trainer) : model_(model) {
  if (!trainer.average.defined()) return;
  values_ = model.parameters().values().clone();
  model_.parameters().values().copy_(trainer.average);
}

AveragedWeights::~AveragedWeights() {
  if (values_.defined()) model_.parameters().values().copy_(values_);
}

}  // namespace kani::train
