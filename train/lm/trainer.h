// One training run's moving parts: weights, optimizer and schedule, and what one update does.
#pragma once

#include <cstdint>
#include <span>

#include "train/distributed/process_group.h"
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
  /// Decay of a moving average of the weights, which is evaluated and saved in their place; 0:
  /// none.
  double average_decay = 0.0;
  /// An update whose gradient norm is more than this many times the usual one is skipped; 0: none.
  double spike_ratio = 0.0;
};

enum class UpdateOutcome {
  kApplied,
  kNotFinite,  ///< loss or gradient is no number; nothing changed
  kSpike,      ///< see TrainerSettings::spike_ratio; nothing changed
};

/// What one update did.
struct UpdateReport {
  double loss = 0;  ///< mean over the targets, before the update
  double gradient_norm = 0;
  double rate = 0;
  int64_t targets = 0;
  UpdateOutcome outcome = UpdateOutcome::kApplied;
};

class Trainer {
 public:
  /// @param group the processes whose batches make one update together
  Trainer(LanguageModel& model, const TrainerSettings& settings, ProcessGroup& group);

  /// Accumulates the gradients of all batches of all processes, each target counting the same, then
  /// updates once, or not at all. The report is the same in every process.
  /// REQUIRES: at least one target.
  UpdateReport Update(std::span<const PackedBatch> batches);

  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }
  /// Updates made or skipped so far: the step of the schedule.
  int64_t step = 0;
  /// Moving average of the weights, [N] fp32; undefined before the first update or without
  /// TrainerSettings::average_decay.
  at::Tensor average;
  /// Moving average of the gradient norm of applied updates; 0 before the first.
  float usual_norm = 0;

 private:
  UpdateOutcome Judge(const UpdateReport& report) const;

  LanguageModel& model_;
  TrainerSettings settings_;
  ProcessGroup& group_;
  AdamW optimizer_;
};

/// While it lives, the model's weights are their moving average, if the trainer keeps one.
class AveragedWeights {
 public:
  AveragedWeights(LanguageModel& model, const Trainer& trainer);
  ~AveragedWeights();
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  LanguageModel& model_;
  at::Tensor values_;  ///< to be put back; undefined if nothing was replaced
};

}  // namespace kani::train
