// Pretraining of a language model from beginning to end, or from where it was stopped.
#pragma once

#include <ATen/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "train/checkpoint/checkpoint.h"
#include "train/data/training_set.h"
#include "train/lm/trainer.h"

namespace kani::train {

struct LanguageModelRunOptions {
  std::filesystem::path model;   ///< config.json, tokenizer.json, and weights unless from nothing
  std::filesystem::path corpus;  ///< folder of shards with a manifest
  std::filesystem::path folder;  ///< of the run: checkpoints and metrics.jsonl
  int64_t steps = 1000;          ///< updates in all; the schedule ends there
  TrainerSettings trainer;       ///< its schedule's total_steps is set from `steps`
  TrainingSetOptions data;
  at::ScalarType compute = at::kBFloat16;
  bool from_scratch = false;  ///< draw weights even if the model folder has some
  int64_t save_every = 500, evaluate_every = 250;
  int64_t held_out_clips = 200;  ///< at most, for an evaluation
  Retention retention;
};

/// One line of metrics.jsonl and of the progress display.
struct RunProgress {
  int64_t step = 0, steps = 0, epoch = 0;
  UpdateReport update;
  double tokens_per_s = 0;  ///< real tokens; padding does not exist
  double speech_per_s = 0;  ///< seconds of speech trained on in a second
  double seconds_left = 0;
  std::optional<double> held_out_loss;  ///< mean over targets, at the steps that evaluate
};

/// Trains until `steps` or until `stop` returns true, then saves. Goes on from the run's newest
/// checkpoint when there is one. Returns false when it was stopped.
/// Throws kInvalidArgument for options out of range, and what reading model and corpus throws.
/// @param observe after every update
/// @param warn clips left out, skipped updates, checkpoints that could not be written
bool RunLanguageModel(const LanguageModelRunOptions& options,
                      const std::function<void(const RunProgress&)>& observe,
                      const std::function<bool()>& stop, const WarningSink& warn);

}  // namespace kani::train
