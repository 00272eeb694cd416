// A run between two updates, as a checkpoint keeps it.
#pragma once

#include <filesystem>

#include "train/checkpoint/checkpoint.h"
#include "train/lm/language_model.h"
#include "train/lm/trainer.h"

namespace kani::train {

/// Copies weights, moments and step; training may go on at once. The model that is saved is the
/// moving average of the weights if the trainer keeps one.
/// @param snapshot an earlier one, whose memory is used again, or an empty one; its files stay
void TakeSnapshot(const LanguageModel& model, const Trainer& trainer, Snapshot& snapshot);

/// Goes on where the snapshot was taken: the next updates are the same bits. Throws kInvalidFile
/// for a checkpoint of another model.
void Restore(const std::filesystem::path& checkpoint, LanguageModel& model, Trainer& trainer);

}  // namespace kani::train
