// Pretraining of a language model from beginning to end, or from where it was stopped.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/log.h"
#include "train/distributed/process_group.h"
#include "train/evaluate/evaluation.h"
#include "train/lm/trainer.h"
#include "train/run/run_options.h"

namespace kani::train {

/// What is known after an update; the same in every process but for the evaluation.
struct RunProgress {
  int64_t step = 0, steps = 0, epoch = 0;
  UpdateReport update;
  double tokens_per_s = 0;  ///< real tokens; padding does not exist
  double speech_per_s = 0;  ///< seconds of speech trained on in a second
  std::optional<double> mfu;
  std::string speed;  ///< the above and the time that is left, for people
  /// Of the held-out clips, at the steps that evaluate, in rank 0.
  std::optional<Evaluation> evaluation;
};

/// Trains until the last step or until `stop` returns true in any process, then saves. Goes on from
/// the run's newest checkpoint when there is one. Returns false when it was stopped.
/// Rank 0 evaluates and writes; `observe` and `warn` are called in every process.
/// Throws kInvalidArgument for options out of range, kResourceExhausted for a run that diverges
/// again after it went back, kIo for a peer that is lost, and what reading model and corpus throws.
/// @param observe after every update
/// @param warn clips and shards left out, skipped updates, what could not be written; also called
/// from other threads
bool RunLanguageModel(const LanguageModelRunOptions& options, ProcessGroup& group,
                      const std::function<void(const RunProgress&)>& observe,
                      const std::function<bool()>& stop, const WarningSink& warn);

}  // namespace kani::train
