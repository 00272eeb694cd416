// A network in training: weights, optimizer and schedule, and what one update does, whatever the
// network is.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "train/distributed/process_group.h"
#include "train/nn/gradient_guard.h"
#include "train/nn/gradient_sums.h"
#include "train/nn/moving_average.h"
#include "train/nn/parameters.h"
#include "train/nn/update_report.h"
#include "train/optim/adamw.h"
#include "train/optim/schedule.h"

namespace kani::train {

/// Defaults are the original's.
struct TrainerSettings {
  CosineSchedule schedule;
  double max_gradient_norm = 3.0;
  double weight_decay = 0.0;
  AdamW::Settings adamw;
  double average_decay = 0.0;  ///< of the MovingAverage; 0: none
  double spike_ratio = 0.0;    ///< see GradientGuard; 0: none
};

class Trainer {
 public:
  /// @param groups of the weights that are updated, with rules of their own
  /// @param processes whose losses make one update together
  Trainer(Parameters& parameters, std::vector<ParameterGroup> groups,
          const TrainerSettings& settings, ProcessGroup& processes);

  /// Accumulates the gradients of all parts of all processes, each target counting the same, then
  /// updates once, or not at all. The report is the same in every process.
  /// @param targets of this process' parts; at least one in all processes together
  /// @param loss_sum of part i: a scalar to be differentiated, summed over its targets
  UpdateReport Update(int64_t targets, size_t parts,
                      const std::function<at::Tensor(size_t part)>& loss_sum);

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  AdamW& optimizer() { return optimizer_; }
  const AdamW& optimizer() const { return optimizer_; }
  /// Updates made or skipped so far: the step of the schedule.
  int64_t step = 0;
  MovingAverage average;
  GradientGuard guard;

 private:
  Parameters& parameters_;
  CosineSchedule schedule_;
  ProcessGroup& processes_;
  GradientSums sums_;
  AdamW optimizer_;
};

}  // namespace kani::train
