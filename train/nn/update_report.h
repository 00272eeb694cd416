// What one update of a network did.
#pragma once

#include <cstdint>

namespace kani::train {

enum class UpdateOutcome {
  kApplied,
  kNotFinite,  ///< loss or gradient is no number; nothing changed
  kSpike,      ///< see GradientGuard; nothing changed
};

struct UpdateReport {
  double loss = 0;  ///< mean over the targets, before the update
  double gradient_norm = 0;
  double rate = 0;
  int64_t targets = 0;
  UpdateOutcome outcome = UpdateOutcome::kApplied;
};

}  // namespace kani::train
