#include "hub/remove.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/error.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

bool IsLink(const fs::path& path) {
  std::error_code error;
  return fs::is_symlink(fs::symlink_status(path, error));
}

/// Bytes that go when this name goes; 0 for links, whose bytes lie elsewhere, and for a file that
/// has other names.
uint64_t OwnBytes(const fs::path& path) {
  struct stat status {};
  const bool own = ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  return own && status.st_nlink == 1 ? static_cast<uint64_t>(status.st_size) : 0;
}

/// All that lies below `folder`, links not followed.
uint64_t OwnBytesBelow(const fs::path& folder) {
  uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entries(folder, error), end; !error && entries != end;
       entries.increment(error)) {
    bytes += OwnBytes(entries->path());
  }
  return bytes;
}

void RemoveTree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);  // removes links, never what they name
  if (error) Fail(ErrorCode::kIo, Quoted(path.string()), ": cannot remove: ", error.message());
}

/// Blobs that `commits` link, or all others than these.
std::set<std::string> BlobsOf(const CachedRepo& repo, const std::vector<std::string>& commits,
                              bool others) {
  std::set<std::string> blobs;
  for (const CachedCommit& commit : repo.commits) {
    const bool named = std::ranges::find(commits, commit.snapshot.commit) != commits.end();
    if (named == others) continue;
    for (const CachedFile& file : commit.files) {
      if (file.etag) blobs.insert(*file.etag);
    }
  }
  return blobs;
}

}  // namespace

Removal PlanRemoval(const fs::path& cache, const CachedRepo& repo,
                    const std::vector<std::string>& commits) {
  Removal removal{cache, repo.id, commits, false, {}, 0};
  for (const std::string& commit : commits) {
    const auto same = [&](const CachedCommit& c) { return c.snapshot.commit == commit; };
    if (std::ranges::none_of(repo.commits, same)) {
      Fail(ErrorCode::kNotFound, repo.id.text(), ": commit ", Quoted(commit), " is not here");
    }
  }
  std::set<std::string> distinct(commits.begin(), commits.end());
  removal.whole_repo = commits.empty() || distinct.size() == repo.commits.size();
  if (removal.whole_repo) {
    removal.freed_bytes = OwnBytesBelow(repo.folder);
    return removal;
  }
  const std::set<std::string> kept = BlobsOf(repo, commits, true);
  for (const std::string& blob : BlobsOf(repo, commits, false)) {
    if (kept.contains(blob)) continue;
    removal.blobs.push_back(blob);
    removal.freed_bytes += OwnBytes(repo.folder / "blobs" / blob);
  }
  for (const std::string& commit : distinct) {
    removal.freed_bytes += OwnBytesBelow(repo.folder / "snapshots" / commit);
  }
  return removal;
}

void Remove(const Removal& removal) {
  const fs::path repo = removal.cache / removal.id.Folder();
  for (const fs::path& folder : {repo, repo / "blobs", repo / "snapshots", repo / "refs",
                                 repo / "trees", repo / ".no_exist"}) {
    if (!IsLink(folder)) continue;
    Fail(ErrorCode::kIo, Quoted(folder.string()),
         ": is a symbolic link, expected a folder: nothing is removed through links");
  }
  if (removal.whole_repo) {
    // What readers begin with goes first.
    RemoveTree(repo / "refs");
    RemoveTree(repo);  // its lock files stay: another process may hold one
    return;
  }
  const auto now = ReadRepo(removal.cache, removal.id);
  if (!now) return;
  for (const CachedCommit& commit : now->commits) {
    const std::string& name = commit.snapshot.commit;
    if (std::ranges::find(removal.commits, name) == removal.commits.end()) continue;
    for (const std::string& ref : commit.refs) RemoveTree(repo / "refs" / ref);
    RemoveTree(commit.snapshot.folder);
    RemoveTree(repo / ".no_exist" / name);
    RemoveTree(repo / "trees" / (name + ".json"));
  }
  // Another process may have linked one of the blobs since the plan was made.
  const std::set<std::string> kept = BlobsOf(*now, removal.commits, true);
  for (const std::string& blob : removal.blobs) {
    if (!kept.contains(blob)) RemoveTree(repo / "blobs" / blob);
  }
}

}  // namespace kani::hub
