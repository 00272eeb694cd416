// Updates of a language model.
#pragma once

#include <span>

#include "train/lm/language_model.h"
#include "train/nn/trainer.h"

namespace kani::train {

/// Defaults are the original's.
struct LanguageModelTrainerSettings : TrainerSettings {
  double alpha_rate_ratio = 1.5;  ///< rate of the RoPE scales, as a share of the others'
};

class LanguageModelTrainer : public Trainer {
 public:
  /// Weights that are frozen now stay. @param processes whose batches make one update together
  LanguageModelTrainer(LanguageModel& model, const LanguageModelTrainerSettings& settings,
                       ProcessGroup& processes);

  /// See Trainer::Update. REQUIRES: at least one target.
  UpdateReport Update(std::span<const PackedBatch> batches);

 private:
  const LanguageModel& model_;
};

}  // namespace kani::train
