// A network between two updates, as a checkpoint keeps it.
#pragma once

#include <filesystem>
#include <string>

#include "train/checkpoint/checkpoint.h"
#include "train/nn/trainer.h"

namespace kani::train {

/// Copies weights, moments and step; training may go on at once. The network that is saved is the
/// moving average of the weights if the trainer keeps one.
/// @param snapshot an earlier one, whose memory is used again, or an empty one; its files stay
void TakeSnapshot(const Trainer& trainer, Snapshot& snapshot);

/// Goes on where the snapshot was taken: the next updates are the same bits. Throws kInvalidFile
/// for a checkpoint of another network.
void Restore(const std::filesystem::path& checkpoint, Trainer& trainer);

/// A second network that is trained beside the first and is no part of the result: all that it is
/// goes into the snapshot's state, its names behind `prefix`. Call after TakeSnapshot.
void AddToSnapshot(const Trainer& trainer, const std::string& prefix, Snapshot& snapshot);
/// @return false if the checkpoint knows no such network, which then stays as it is. Throws
/// kInvalidFile for one of another shape.
bool RestoreAdded(const std::filesystem::path& checkpoint, const std::string& prefix,
                  Trainer& trainer);

}  // namespace kani::train
