// The data sets that the original's dataset_config.yaml lists, as imports of ready codes.
#pragma once

#include <filesystem>
#include <vector>

#include "train/data/shard_job.h"
#include "train/import/codes_jsonl.h"

namespace kani::train {

/// One call of ImportCodes.
struct CodesImport {
  std::filesystem::path jsonl;
  CodesOptions options;
  ShardJob job;
};

/// One import an entry, in the order of the file. Its rows lie as JSON lines in
/// REPONAME/SPLIT.jsonl, or REPONAME/NAME/SPLIT.jsonl where it has a name, beside the file; its
/// shards are called JOB-1, JOB-2 and so on. Throws as LoadDatasetConfig does, and kInvalidFile
/// when nothing is listed.
std::vector<CodesImport> ImportsOf(const std::filesystem::path& dataset_config,
                                   const ShardJob& job);

}  // namespace kani::train
