// What `data import` and `data encode` have in common: which shards they make, and what they say
// about them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <filesystem>
#include <string>

#include "train/data/import_report.h"
#include "train/data/shard_job.h"

namespace kani::train {

struct JobOptions {
  std::string output, shard = "0/1";
  ShardJob job;  ///< its name; the rest comes from the above
};

/// --output, --name, --shard.
void AddJobOptions(CLI::App& command, JobOptions& options);

/// Makes the folder. Throws kInvalidArgument for a shard that is none.
ShardJob MakeJob(const JobOptions& options);

/// Says what of a shard was kept and dropped, and of all shards once the last one is there.
/// @return how many are still to do
size_t PrintReports(const ImportReport& report, const ShardJob& job);

/// Writes the manifest if no shard of the import is still to do.
/// @return the exit code
int Finish(size_t unfinished, const std::filesystem::path& corpus);

}  // namespace kani::train
