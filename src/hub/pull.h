// Brings a commit of a repository from a hub into the cache. What is there stays as it is; what is
// missing appears whole and verified or not at all; an interrupted pull goes on where it was. Safe
// beside other processes, also Python's, that pull the same.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/log.h"
#include "hub/listing.h"
#include "hub/repo_id.h"
#include "hub/settings.h"

namespace kani::hub {

struct PullProgress {
  uint64_t done_bytes = 0;   ///< of total_bytes, also what an earlier pull had left
  uint64_t total_bytes = 0;  ///< of the files that were missing when the pull began
  int done_files = 0;
  int total_files = 0;
  /// Why nothing moves, for a line on a terminal ("limit of requests reached, going on in 12 s");
  /// empty while something does.
  std::string waiting;
};

/// All are called by the thread that called the function they were given to; any may be empty.
struct PullHooks {
  /// About ten times a second, and at the end.
  std::function<void(const PullProgress&)> progress;
  /// Asked about ten times a second; true ends the call with kCancelled.
  std::function<bool()> cancelled;
  WarningSink warn;
};

struct PullRequest {
  RepoName repo;
  /// Shell patterns (* also over '/'); empty = all files. A file is pulled if it matches one.
  std::vector<std::string> include;
  std::vector<std::string> exclude;  ///< but not if it matches one of these
  bool verify = false;               ///< rehash what is already there
};

/// One file of a plan.
struct PlannedFile {
  RemoteFile file;             ///< without a hash if the first answer was enough
  bool linked = false;         ///< in the snapshot: nothing to do
  bool present = false;        ///< in the snapshot, or in another commit's: no byte is needed
  bool damaged = false;        ///< it was there, with another hash
  uint64_t partial_bytes = 0;  ///< already here from an interrupted pull
};

/// What a pull will do, before it does it.
struct PullPlan {
  RepoName repo;
  RepoInfo info;                   ///< commit; the rest only if the revision was no commit
  std::filesystem::path folder;    ///< snapshot folder
  std::vector<PlannedFile> files;  ///< sorted by path
  uint64_t total_bytes = 0;        ///< of all files
  uint64_t missing_bytes = 0;      ///< of those to download, without what is partly here
  uint64_t free_bytes = 0;         ///< on the disk of the cache
  bool token_refused = false;      ///< the hub does not know the token, and did not need it
  bool complete = false;           ///< nothing to do, not even a link or a ref
};

struct PullResult {
  std::filesystem::path folder;
  uint64_t downloaded_bytes = 0;
  int downloaded_files = 0;
};

/// Asks the hub what `request` needs and looks at what is here; writes nothing. One request if
/// everything is here. Throws HubError, kInvalidArgument for patterns that match no file.
PullPlan PlanPull(const Settings& settings, const PullRequest& request, const PullHooks& hooks);

/// Throws HubError; kIo for a disk that is full (before the first byte if that is known) or a cache
/// that cannot be written; kCancelled. What was downloaded stays for the next call in every case
/// but a wrong hash. The ref is written last, by rename.
PullResult RunPull(const Settings& settings, const PullPlan& plan, const PullHooks& hooks);

/// The files of a commit as the hub lists them, for VerifyCommit. Throws HubError.
std::vector<RemoteFile> ListFiles(const Settings& settings, const RepoId& id,
                                  const std::string& commit, const PullHooks& hooks);

}  // namespace kani::hub
