#include "train/tasks/language_model_run.h"

#include "train/tasks/language_model_task.h"

namespace kani::train {

bool RunLanguageModel(const LanguageModelRunOptions& options, ProcessGroup& group,
                      const RunObserver& observe, const std::function<bool()>& stop,
                      const WarningSink& warn) {
  Check(options);
  LanguageModelTask task(options, group, warn);
  return RunTask(task, options, group, observe, stop, warn);
}

}  // namespace kani::train
