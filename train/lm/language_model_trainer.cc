#include "train/lm/language_model_trainer.h"

#include <vector>

namespace kani::train {

namespace {

/// Runs of neighbours with the same rules; frozen weights are in none.
std::vector<ParameterGroup> Groups(const LanguageModel& model,
                                   const LanguageModelTrainerSettings& settings) {
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

LanguageModelTrainer::LanguageModelTrainer(LanguageModel& model,
                                           const LanguageModelTrainerSettings& settings,
                                           ProcessGroup& processes)
    : Trainer(model.parameters(), Groups(model, settings), settings, processes), model_(model) {}

UpdateReport LanguageModelTrainer::Update(std::span<const PackedBatch> batches) {
  int64_t targets = 0;
  for (const PackedBatch& batch : batches) targets += batch.target_count;
  return Trainer::Update(targets, batches.size(),
                         [&](size_t i) { return model_.LossSum(batches[i]); });
}

}  // namespace kani::train
