// Writes checkpoints behind the training loop's back.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <thread>
#include <utility>

#include "train/checkpoint/checkpoint.h"

namespace kani::train {

/// One write at a time: training stops only for the copy in memory that a Snapshot is, and for a
/// write that has not ended when the next one is due.
class CheckpointWriter {
 public:
  /// Told of a checkpoint that is on disk, from the writer's own thread; must not throw.
  using Written = std::function<void(int64_t step, const std::filesystem::path& checkpoint)>;

  CheckpointWriter(std::filesystem::path run, Retention retention, Written written = {});
  /// Waits for the last write; its failure is lost unless Wait() was called.
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Starts writing and returns. Throws what the previous write failed with; the run goes on if the
  /// caller lets it.
  void Write(Snapshot snapshot);
  /// Returns when nothing is being written. Throws what the last write failed with.
  void Wait();
  /// Memory for the next snapshot: that of the one before, or what KeepMemory() was given.
  /// REQUIRES: Wait().
  Snapshot TakeMemory() { return std::move(snapshot_); }
  void KeepMemory(Snapshot snapshot) { snapshot_ = std::move(snapshot); }

 private:
  std::filesystem::path run_;
  Retention retention_;
  Written written_;
  Snapshot snapshot_;
  std::thread thread_;
  std::exception_ptr failure_;
};

}  // namespace kani::train
