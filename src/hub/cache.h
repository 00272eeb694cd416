// Reads the cache that all tools of the hub share:
// <cache>/models--org--name/{refs,blobs,snapshots}. Whoever wrote it may have been interrupted, may
// be an older or a newer tool, and may have used symbolic links, hard links or plain files: only
// files that can be opened count. Needs no network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "hub/repo_id.h"

namespace kani::hub {

/// One commit of a repository as far as it is here.
struct Snapshot {
  RepoId id;
  std::string commit;
  std::filesystem::path folder;  ///< <cache>/models--org--name/snapshots/<commit>
};

/// The snapshot that `revision` (branch, tag, commit) stands for; nothing if it was never pulled or
/// its folder is empty. The files that are needed may still be missing: see HasFile. A few system
/// calls.
std::optional<Snapshot> FindSnapshot(const std::filesystem::path& cache, const RepoId& id,
                                     const std::string& revision = "main");

/// Whether `path` of the snapshot is a regular file, behind however many links, that may be read.
bool HasFile(const Snapshot& snapshot, const std::string& path);

/// Ids of all repositories that have a folder here, sorted. Reads one folder.
std::vector<RepoId> CachedIds(const std::filesystem::path& cache);

struct CachedFile {
  std::string path;                    ///< inside the snapshot
  std::filesystem::path location;      ///< in the snapshot
  std::optional<std::string> etag;     ///< name of the blob that its link names, if that is a hash
  std::optional<uint64_t> size_bytes;  ///< nothing for a link to nothing
};

struct CachedCommit {
  Snapshot snapshot;
  std::vector<std::string> refs;  ///< branches and tags that stand for it
  std::vector<CachedFile> files;  ///< sorted by path
  uint64_t size_bytes = 0;        ///< of its files
};

struct CachedRepo {
  RepoId id;
  std::filesystem::path folder;
  std::vector<CachedCommit> commits;  ///< sorted by commit
  /// On disk: what several commits share is counted once. Downloads that were interrupted included.
  uint64_t size_bytes = 0;
  uint64_t partial_bytes = 0;  ///< of these, in interrupted downloads
};

/// Everything about one repository; nothing without a folder. What cannot be read is left out with
/// a warning.
std::optional<CachedRepo> ReadRepo(const std::filesystem::path& cache, const RepoId& id,
                                   const WarningSink& warn = {});
/// All repositories sorted by id; empty without a cache.
std::vector<CachedRepo> ReadCache(const std::filesystem::path& cache, const WarningSink& warn = {});

/// The commit in the bytes of a file under refs/, nothing if they hold anything else. White space
/// around it does not count.
std::optional<std::string> ParseRef(std::string_view bytes);

}  // namespace kani::hub
