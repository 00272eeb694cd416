// What makes one run differ from another, whatever it trains.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "train/checkpoint/checkpoint.h"
#include "train/run/spoken_samples.h"

namespace kani::train {

struct RunOptions {
  std::filesystem::path folder;  ///< checkpoints, metrics.jsonl, tensorboard/, samples/
  int64_t save_every = 500, evaluate_every = 250;  ///< updates
  Retention retention;
  /// After so many skipped updates in a row the run goes back to its newest checkpoint.
  int64_t most_skipped = 10;
  /// What each checkpoint says; its folder is set from that of the run.
  std::optional<SpokenSamplesOptions> samples;
};

/// Throws kInvalidArgument for numbers out of range.
void Check(const RunOptions& options);
/// Throws kInvalidArgument unless a finite `value` is at least `low`. @param name for the message
void CheckAtLeast(const char* name, double value, double low);

}  // namespace kani::train
