// Pretraining of a language model from beginning to end, or from where it was stopped.
#pragma once

#include <ATen/core/ScalarType.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "train/checkpoint/checkpoint.h"
#include "train/data/training_set.h"
#include "train/distributed/process_group.h"
#include "train/evaluate/evaluation.h"
#include "train/lm/trainer.h"
#include "train/observe/spoken_samples.h"

namespace kani::train {

struct LanguageModelRunOptions {
  std::filesystem::path model;   ///< config.json, tokenizer.json, and weights unless from nothing
  std::filesystem::path corpus;  ///< folder of shards with a manifest
  std::filesystem::path folder;  ///< of the run: checkpoints, metrics.jsonl, tensorboard/, samples/
  int64_t steps = 1000;          ///< updates in all; the schedule ends there
  int64_t epochs = 0;            ///< if above 0: as many updates as these epochs have
  TrainerSettings trainer;       ///< its schedule's total_steps is set from the above
  TrainingSetOptions data;
  at::ScalarType compute = at::kBFloat16;
  at::Device device = at::kCPU;
  bool from_scratch = false;        ///< draw weights even if the model folder has some
  std::vector<std::string> frozen;  ///< parts of the model that stay; see FreezeParts()
  int64_t save_every = 500, evaluate_every = 250;
  int64_t held_out_clips = 200;  ///< at most, for an evaluation
  /// Of each evaluation whose step is a multiple of `influence_every`; see EvaluationOptions.
  int64_t influence_samples = 32, influence_every = 0;  ///< 0: never
  Retention retention;
  /// After so many skipped updates in a row the run goes back to its newest checkpoint.
  int64_t most_skipped = 10;
  /// What each checkpoint says; its folder is set from that of the run.
  std::optional<SpokenSamplesOptions> samples;
};

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
