// Pretraining of a language model from beginning to end, or from where it was stopped.
#pragma once

#include <functional>

#include "base/log.h"
#include "train/distributed/process_group.h"
#include "train/run/run.h"
#include "train/tasks/language_model_run_options.h"

namespace kani::train {

/// RunTask of a LanguageModelTask. Throws kInvalidArgument for options out of range, and what both
/// throw.
/// @param warn clips and shards left out too
bool RunLanguageModel(const LanguageModelRunOptions& options, ProcessGroup& group,
                      const RunObserver& observe, const std::function<bool()>& stop,
                      const WarningSink& warn);

}  // namespace kani::train
