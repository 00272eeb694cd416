// A run on disk: folders that `kani speak` and the official library load, with the trainer's state
// beside the weights.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "formats/safetensors.h"

namespace kani::train {

/// Everything a checkpoint holds, taken at one moment and detached from what goes on changing.
struct Snapshot {
  int64_t step = 0;
  std::vector<formats::NamedTensor> weights;  ///< fp32 masters, upstream's names
  std::vector<formats::NamedTensor> state;    ///< of the optimizer
  /// Small files copied as they are: config.json, tokenizer.json, ... and the run's own settings.
  std::vector<std::pair<std::string, std::string>> files;
};

/// Which checkpoints of a run stay: the newest `newest`, and every one whose step is a multiple of
/// `every` (0: none).
struct Retention {
  int64_t newest = 2;
  int64_t every = 0;
};

/// Writes `run`/step-<step>: model.safetensors, state.safetensors and the files. The folder appears
/// under its name only when every byte of it is on disk; then `latest` points to it, and older ones
/// that `retention` does not name are removed. Throws kIo and leaves no half a checkpoint.
std::filesystem::path WriteCheckpoint(const std::filesystem::path& run, const Snapshot& snapshot,
                                      const Retention& retention);

/// The newest finished checkpoint of a run; empty when there is none. `latest` is for people.
std::filesystem::path LatestCheckpoint(const std::filesystem::path& run);
/// The step in a checkpoint's name; -1 for anything else.
int64_t CheckpointStep(const std::filesystem::path& checkpoint);

}  // namespace kani::train
