// The loop: trains a task to its last step, from wherever it was stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/log.h"
#include "train/distributed/process_group.h"
#include "train/run/run_options.h"
#include "train/run/task.h"

namespace kani::train {

/// What is known after an update; the same in every process but for the evaluation.
struct RunProgress {
  int64_t step = 0, steps = 0, epoch = 0;
  UpdateReport update;
  double tokens_per_s = 0;  ///< real tokens; padding does not exist
  double speech_per_s = 0;  ///< seconds of speech trained on in a second
  std::optional<double> mfu;
  std::string speed;  ///< the above and the time that is left, for people
  /// At the steps that evaluate, in rank 0.
  std::optional<Task::Evaluation> evaluation;
};
using RunObserver = std::function<void(const RunProgress&)>;

/// Trains until the last step or until `stop` returns true in any process, then saves. Goes on from
/// the run's newest checkpoint when there is one. Returns false when it was stopped.
/// Rank 0 writes; `observe` and `warn` are called in every process.
/// Throws kResourceExhausted for a run that diverges again after it went back, kIo for a peer that
/// is lost, and what the task throws.
/// @param observe after every update
/// @param warn skipped updates, what could not be written; also called from other threads
bool RunTask(Task& task, const RunOptions& options, ProcessGroup& group, const RunObserver& observe,
             const std::function<bool()>& stop, const WarningSink& warn);

}  // namespace kani::train
