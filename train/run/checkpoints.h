// When a run saves, where it begins, and when it goes back.
#pragma once

#include <cstdint>
#include <optional>

#include "base/log.h"
#include "train/checkpoint/writer.h"
#include "train/distributed/process_group.h"
#include "train/run/run_options.h"
#include "train/run/run_record.h"
#include "train/run/task.h"

namespace kani::train {

/// The checkpoints of a run, in every process; rank 0 writes them.
class Checkpoints {
 public:
  /// What is referred to must outlive it.
  Checkpoints(Task& task, const RunOptions& options, ProcessGroup& group, const WarningSink& warn)
      : task_(task), options_(options), group_(group), warn_(warn) {}

  /// To the newest checkpoint, or to first weights where there is none.
  /// @return where in its material the task goes on
  Place Begin();
  /// In rank 0, before the first Save. @param written told of every checkpoint that is on disk, by
  /// another thread
  void StartWriting(CheckpointWriter::Written written);

  /// Saves, unless this step is saved already. A checkpoint that could not be written costs a
  /// warning when the next one is due, not the run: the older ones are there.
  void Save(const Place& place);
  /// Returns when the last checkpoint is on disk. Throws what its writing failed with.
  void Wait();

  /// To the weights and moments of the newest checkpoint. Throws kResourceExhausted where there is
  /// none and when the run went back to it before.
  void GoBack();

 private:
  Place PlaceIn(const std::filesystem::path& checkpoint) const;
  void WaitForWriter();

  Task& task_;
  const RunOptions& options_;
  ProcessGroup& group_;
  const WarningSink& warn_;
  int64_t saved_step_ = -1;      ///< of the newest checkpoint
  int64_t went_back_from_ = -1;  ///< step; -1 once a later one was saved
  std::optional<CheckpointWriter> writer_;
};

}  // namespace kani::train
