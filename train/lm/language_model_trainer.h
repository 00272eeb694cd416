// Updates of a language model.
#pragma once

#include <span>

#include "train/lm/language_model.h"
#include "train/nn/trainer.h"

namespace kani::train {

class LanguageModelTrainer : public Trainer {
 public:
  /// Weights that are frozen now stay. @param processes whose batches make one update together
  LanguageModelTrainer(LanguageModel& model, const TrainerSettings& settings,
                       ProcessGroup& processes);

  /// See Trainer::Update. REQUIRES: at least one target.
  UpdateReport Update(std::span<const PackedBatch> batches);

 private:
  const LanguageModel& model_;
};

}  // namespace kani::train
