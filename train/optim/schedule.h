// Learning rate over the updates of a run.
#pragma once

#include <cstdint>

namespace kani::train {

/// Linear warm-up from 0, then half a cosine down to 0 at the last step.
struct CosineSchedule {
  double peak = 9e-4;
  int64_t warmup_steps = 2000;
  int64_t total_steps = 0;

  /// Rate of update `step`, counted from 0: with warm-up the first update has rate 0.
  double Rate(int64_t step) const;
};

}  // namespace kani::train
