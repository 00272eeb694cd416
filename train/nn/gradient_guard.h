// Keeps updates that would ruin a network from it.
#pragma once

#include <ATen/core/Tensor.h>

#include "train/nn/update_report.h"

namespace kani::train {

class GradientGuard {
 public:
  /// @param max_norm gradients are scaled to it
  /// @param spike_ratio an update whose gradient norm is more than this many times the usual one is
  /// skipped; 0: none
  GradientGuard(double max_norm, double spike_ratio)
      : max_norm_(max_norm), spike_ratio_(spike_ratio) {}

  /// Scales the gradients, and says what becomes of the update: sets the report's norm, the one
  /// before scaling, and its outcome. REQUIRES: its loss.
  void Check(const at::Tensor& gradients, UpdateReport& report) const;
  /// To be told of every update that was applied.
  void Remember(double gradient_norm);

  /// Moving average of the gradient norm of applied updates; 0 before the first.
  float usual_norm = 0;

 private:
  UpdateOutcome Judge(const UpdateReport& report) const;

  double max_norm_, spike_ratio_;
};

}  // namespace kani::train
