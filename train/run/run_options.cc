#include "train/run/run_options.h"

#include <cmath>

#include "base/error.h"

namespace kani::train {

void CheckAtLeast(const char* name, double value, double low) {
  if (!(value >= low && std::isfinite(value))) {
    Fail(ErrorCode::kInvalidArgument, name, " ", value, ", expected at least ", low);
  }
}

void Check(const RunOptions& options) {
  CheckAtLeast("updates between checkpoints", static_cast<double>(options.save_every), 1);
  CheckAtLeast("updates between evaluations", static_cast<double>(options.evaluate_every), 1);
  CheckAtLeast("skipped updates in a row", static_cast<double>(options.most_skipped), 1);
}

}  // namespace kani::train
