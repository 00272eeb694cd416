#include "train/run/run_options.h"

#include <cmath>

#include "base/error.h"

namespace kani::train {

void Check(const LanguageModelRunOptions& options) {
  const auto at_least = [](const char* name, double value, double low) {
    if (!(value >= low && std::isfinite(value))) {
      Fail(ErrorCode::kInvalidArgument, name, " ", value, ", expected at least ", low);
    }
  };
  at_least("steps", static_cast<double>(options.steps), 1);
  at_least("updates between checkpoints", static_cast<double>(options.save_every), 1);
  at_least("updates between evaluations", static_cast<double>(options.evaluate_every), 1);
  at_least("epochs", static_cast<double>(options.epochs), 0);
  at_least("skipped updates in a row", static_cast<double>(options.most_skipped), 1);
  at_least("learning rate", options.trainer.schedule.peak, 0);
  at_least("warm-up", static_cast<double>(options.trainer.schedule.warmup_steps), 0);
  at_least("rate of the RoPE scales", options.trainer.alpha_rate_ratio, 0);
  at_least("weight decay", options.trainer.weight_decay, 0);
  at_least("largest gradient norm", options.trainer.max_gradient_norm, 0);
  at_least("spike ratio", options.trainer.spike_ratio, 0);
  if (!(options.trainer.average_decay >= 0 && options.trainer.average_decay < 1)) {
    Fail(ErrorCode::kInvalidArgument, "decay of the average ", options.trainer.average_decay,
         ", expected [0, 1)");
  }
}

}  // namespace kani::train
