// One training run's moving parts: weights, optimizer and schedule, and what one update does.
#pragma once

#include <cstdint>
#include <span>

#include "train/lm/language_model.h"
#include "train/optim/adamw.h"
#include "train/optim/schedule.h"

namespace kani::train {

/// Defaults are the original's.
struct TrainerSettings {
  CosineSchedule schedule;
  double max_gradient_norm = 3.0;
  double weight_decay = 0.0;
  double alpha_rate_ratio = 1.5;  ///< rate of the RoPE scales, as a share of the others'
  AdamW::Settings adamw;
};

/// What one update did.
struct UpdateReport {
  double loss = 0;  ///< mean over the targets, before the update
  double gradient_norm = 0;
  double rate = 0;
  int64_t targets = 0;
  bool applied = true;  ///< false: loss or gradient was not finite, nothing changed
};

class Trainer {
 public:
  Trainer(LanguageModel& model, const TrainerSettings& settings);

  /// Accumulates the gradients of all batches, each target counting the same, then updates once. An
  /// update that is not finite is counted and skipped. REQUIRES: at least one target.
  UpdateReport Update(std::span<const PackedBatch> batches);

  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }
  /// Updates made or skipped so far: the step of the schedule.
  int64_t step = 0;

 private:
  LanguageModel& model_;
  TrainerSettings settings_;
  AdamW optimizer_;
};

}  // namespace kani::train
