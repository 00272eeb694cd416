#include "train/nn/trainer.h"

#include <ATen/ATen.h>

#include <utility>

namespace kani::train {

Trainer::Trainer(Parameters& parameters, std::vector<ParameterGroup> groups,
                 const TrainerSettings& settings, ProcessGroup& processes)
    : average(settings.average_decay),
      guard(settings.max_gradient_norm, settings.spike_ratio),
      parameters_(parameters),
      schedule_(settings.schedule),
      processes_(processes),
      sums_(parameters, processes),
      optimizer_(parameters.values(), parameters.gradients(), std::move(groups), settings.adamw) {}

UpdateReport Trainer::Update(int64_t targets, size_t parts,
                             const std::function<at::Tensor(size_t part)>& loss_sum) {
  UpdateReport report;
  report.targets = processes_.Sum(targets);
  const at::Tensor& gradients = parameters_.gradients();
  gradients.zero_();
  for (size_t part = 0; part < parts; ++part) {
    const at::Tensor loss = loss_sum(part) / static_cast<double>(report.targets);
    if (part + 1 == parts) sums_.ExpectLast();
    loss.backward();
    report.loss += loss.item<double>();
  }
  sums_.Finish();
  report.loss = processes_.SumInOrder(report.loss);
  report.rate = schedule_.Rate(step++);
  guard.Check(gradients, report);
  if (report.outcome != UpdateOutcome::kApplied) return report;
  average.BeforeUpdate(parameters_.values());
  optimizer_.Step(report.rate);
  average.AfterUpdate(parameters_.values());
  guard.Remember(report.gradient_norm);
  return report;
}

}  // namespace kani::train
