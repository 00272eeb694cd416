// run.json of a checkpoint: where the run was in its corpus, and what fixed the order of clips.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "train/data/corpus.h"
#include "train/data/training_set.h"

namespace kani::train {

/// The next step of a run: packs are taken epoch by epoch, step by step.
struct Place {
  int64_t epoch = 0, step_in_epoch = 0;
  bool operator==(const Place&) const = default;
};

/// What the order of clips is a function of, beside the tokenizer, which is the model's; as JSON.
std::string OrderSettings(const Corpus& corpus, const TrainingSetOptions& options);

std::string RunRecord(const Place& place, const std::string& order_settings);

/// Where to go on. With other settings than the record's the order is another one: the run goes on
/// with the next epoch.
struct Continuation {
  Place place;
  std::string changed;  ///< "seed 42 -> 43, ..."; "" if nothing has
};
/// Throws kInvalidFile.
Continuation ParseRunRecord(std::string_view json, const std::string& order_settings,
                            const std::string& source);

/// Name of the record in a checkpoint.
inline constexpr std::string_view kRunRecordFile = "run.json";

}  // namespace kani::train
