// Shard i of n of an import: which inputs are its own, where it is written, and whether it is done.
// Any number of processes may work on one folder, each with its own i. The report is written after
// the shard, so it says that its shard is whole; a shard whose inputs were all dropped is a report
// alone.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "train/data/import_report.h"
#include "train/data/shard_parts.h"

namespace kani::train {

struct ShardJob {
  std::filesystem::path folder;  ///< of the corpus; exists
  std::string name = "shard";    ///< several imports of one folder have different names
  int64_t shard = 0, shards = 1;

  /// Throws kInvalidArgument for a number or name that cannot be.
  void Check() const;
  bool Owns(int64_t input) const { return input % shards == shard; }
  std::filesystem::path ShardPath() const;
  std::filesystem::path ReportPath() const;
  /// What is done of a shard that is not finished, where that is kept.
  std::filesystem::path JournalPath() const;
};

/// The report of a job that is done, nothing if it is still to do. Throws kInvalidArgument if it
/// was done with other inputs or settings, or the folder holds shards of this name that were cut in
/// another number.
std::optional<ImportReport> FinishedReport(const ShardJob& job, const std::string& inputs);
/// Writes the shard, unless it has no clips, and then the report.
/// @return the report with its clips counted and what was dropped ordered by reason.
ImportReport FinishShard(const ShardParts& clips, ImportReport report, const ShardJob& job);
/// Numbers of the shards that are still to do.
std::vector<int64_t> UnfinishedShards(const ShardJob& job);
/// All reports of an import as one, `inputs` left empty; unfinished shards are left out.
ImportReport JoinReports(const ShardJob& job);

}  // namespace kani::train
