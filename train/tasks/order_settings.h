// What the order of a run's clips is a function of.
#pragma once

#include <string>

#include "train/data/corpus.h"
#include "train/data/training_set.h"

namespace kani::train {

/// As JSON, for the run's record. The tokenizer counts too: it is the model's.
std::string OrderSettings(const Corpus& corpus, const TrainingSetOptions& options);

}  // namespace kani::train
