#include "train/tasks/language_model_run_options.h"

#include "base/error.h"

namespace kani::train {

void Check(const LanguageModelRunOptions& options) {
  Check(static_cast<const RunOptions&>(options));
  CheckAtLeast("steps", static_cast<double>(options.steps), 1);
  CheckAtLeast("epochs", static_cast<double>(options.epochs), 0);
  CheckAtLeast("learning rate", options.trainer.schedule.peak, 0);
  CheckAtLeast("warm-up", static_cast<double>(options.trainer.schedule.warmup_steps), 0);
  CheckAtLeast("rate of the RoPE scales", options.trainer.alpha_rate_ratio, 0);
  CheckAtLeast("weight decay", options.trainer.weight_decay, 0);
  CheckAtLeast("largest gradient norm", options.trainer.max_gradient_norm, 0);
  CheckAtLeast("spike ratio", options.trainer.spike_ratio, 0);
  if (!(options.trainer.average_decay >= 0 && options.trainer.average_decay < 1)) {
    Fail(ErrorCode::kInvalidArgument, "decay of the average ", options.trainer.average_decay,
         ", expected [0, 1)");
  }
}

}  // namespace kani::train
