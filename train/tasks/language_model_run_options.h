// Everything that makes one run of pretraining a language model differ from another.
#pragma once

#include <ATen/core/ScalarType.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "train/data/training_set.h"
#include "train/lm/language_model_trainer.h"
#include "train/run/run_options.h"

namespace kani::train {

struct LanguageModelRunOptions : RunOptions {
  std::filesystem::path model;   ///< config.json, tokenizer.json, and weights unless from nothing
  std::filesystem::path corpus;  ///< folder of shards with a manifest
  int64_t steps = 1000;          ///< updates in all; the schedule ends there
  int64_t epochs = 0;            ///< if above 0: as many updates as these epochs have
  LanguageModelTrainerSettings trainer;  ///< its schedule's total_steps is set from the above
  TrainingSetOptions data;
  at::ScalarType compute = at::kBFloat16;
  at::Device device = at::kCPU;
  bool from_scratch = false;        ///< draw weights even if the model folder has some
  std::vector<std::string> frozen;  ///< parts of the model that stay; see FreezeParts()
  int64_t held_out_clips = 200;     ///< at most, for an evaluation
  int64_t influence_every = 0;  ///< evaluations at its multiples look at token influence; 0: none
};

/// Throws kInvalidArgument for numbers out of range; what lies in files is checked when it is read.
void Check(const LanguageModelRunOptions& options);

}  // namespace kani::train
