// Removes commits from the cache and frees what no other commit links.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "hub/cache.h"

namespace kani::hub {

/// What RemoveCommits will do.
struct Removal {
  std::filesystem::path cache;
  RepoId id;
  std::vector<std::string> commits;
  bool whole_repo = false;         ///< nothing of it remains
  std::vector<std::string> blobs;  ///< names under blobs/ that only these commits link
  uint64_t freed_bytes = 0;        ///< of these blobs, of plain files and partial downloads
};

/// @param commits those to remove; empty = all, and with them everything of the repository
/// Throws kNotFound for a commit that is not here.
Removal PlanRemoval(const std::filesystem::path& cache, const CachedRepo& repo,
                    const std::vector<std::string>& commits = {});
/// Never follows a link: a blob that is one into another place is removed as a link, and what it
/// names stays. Throws kIo, saying what is left.
void Remove(const Removal& removal);

}  // namespace kani::hub
