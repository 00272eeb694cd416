#include "hub/cache.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/read_file.h"
#include "base/regular_file.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxRefBytes = 4096;
constexpr size_t kMaxEntries = 100'000;  // of one folder tree

std::optional<std::string> ReadRef(const fs::path& path) {
  try {
    return ParseRef(ReadTextFile(path, kMaxRefBytes));
  } catch (const Error&) {
    return std::nullopt;
  }
}

/// Calls visit(path relative to `root`, entry) for what is no folder, at any depth; links to
/// folders are shown, not entered, also if `root` is one.
template <typename Visit>
void ForEachEntry(const fs::path& root, const WarningSink& warn, Visit visit) {
  std::error_code error;
  if (!fs::is_directory(fs::symlink_status(root, error))) return;
  fs::recursive_directory_iterator entries(root, error), end;
  size_t seen = 0;
  while (!error && entries != end) {
    if (++seen > kMaxEntries) {
      Warn(warn, StrCat(Quoted(root.string()), ": over ", kMaxEntries, " entries, the rest is ",
                        "left out"));
      return;
    }
    const fs::file_status status = entries->symlink_status(error);
    if (!error && !fs::is_directory(status)) {
      visit(entries->path().lexically_relative(root).generic_string(), *entries);
    }
    entries.increment(error);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    Warn(warn, StrCat(Quoted(root.string()), ": ", error.message()));
  }
}

/// Sums the sizes of files on disk, each once however many names it has.
class DiskUse {
 public:
  /// @return bytes that were not counted before; 0 for a link to nothing or a folder
  uint64_t Add(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
    if (!seen_.emplace(status.st_dev, status.st_ino).second) return 0;
    bytes_ += static_cast<uint64_t>(status.st_size);
    return static_cast<uint64_t>(status.st_size);
  }
  uint64_t bytes() const { return bytes_; }

 private:
  std::set<std::pair<dev_t, ino_t>> seen_;
  uint64_t bytes_ = 0;
};

CachedFile ReadFileEntry(std::string path, const fs::directory_entry& entry) {
  CachedFile file{std::move(path), entry.path(), std::nullopt, std::nullopt};
  std::error_code error;
  if (entry.is_symlink(error)) {
    const std::string blob = fs::read_symlink(entry.path(), error).filename().string();
    if (!error && IsEtag(blob)) file.etag = blob;
  }
  struct stat status {};
  if (::stat(entry.path().c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    file.size_bytes = static_cast<uint64_t>(status.st_size);
  }
  return file;
}

CachedCommit ReadCommit(const RepoId& id, std::string name, const fs::path& folder,
                        const WarningSink& warn) {
  CachedCommit commit{{id, std::move(name), folder}, {}, {}, 0};
  ForEachEntry(folder, warn, [&](std::string path, const fs::directory_entry& entry) {
    commit.files.push_back(ReadFileEntry(std::move(path), entry));
    commit.size_bytes += commit.files.back().size_bytes.value_or(0);
  });
  std::ranges::sort(commit.files, {}, &CachedFile::path);
  return commit;
}

/// Names of branches and tags by commit.
std::map<std::string, std::vector<std::string>> ReadRefs(const fs::path& repo,
                                                         const WarningSink& warn) {
  std::map<std::string, std::vector<std::string>> refs;
  ForEachEntry(repo / "refs", warn, [&](std::string name, const fs::directory_entry& entry) {
    if (const auto commit = ReadRef(entry.path())) {
      refs[*commit].push_back(std::move(name));
    } else {
      Warn(warn, StrCat(Quoted(entry.path().string()), ": names no commit"));
    }
  });
  for (auto& [commit, names] : refs) std::ranges::sort(names);
  return refs;
}

}  // namespace

std::optional<std::string> ParseRef(std::string_view bytes) {
  constexpr std::string_view kBlank = " \t\r\n\v\f";
  const size_t begin = bytes.find_first_not_of(kBlank);
  if (begin == bytes.npos) return std::nullopt;
  bytes = bytes.substr(begin, bytes.find_last_not_of(kBlank) - begin + 1);
  if (!IsCommit(bytes)) return std::nullopt;
  return std::string(bytes);
}

std::optional<Snapshot> FindSnapshot(const fs::path& cache, const RepoId& id,
                                     const std::string& revision) {
  CheckRevision(revision);
  const fs::path repo = cache / id.Folder();
  std::optional<std::string> commit = ReadRef(repo / "refs" / revision);
  if (!commit && IsCommit(revision)) commit = revision;
  if (!commit) return std::nullopt;
  Snapshot snapshot{id, *commit, repo / "snapshots" / *commit};
  std::error_code error;
  const fs::directory_iterator entries(snapshot.folder, error);
  if (error || entries == fs::directory_iterator()) return std::nullopt;
  return snapshot;
}

bool HasFile(const Snapshot& snapshot, const std::string& path) {
  try {
    const RegularFile file(snapshot.folder / path);
    return true;
  } catch (const Error&) {
    return false;
  }
}

std::vector<RepoId> CachedIds(const fs::path& cache) {
  std::vector<RepoId> ids;
  std::error_code error;
  for (fs::directory_iterator entries(cache, error), end; !error && entries != end;
       entries.increment(error)) {
    std::error_code ignored;
    const auto id = RepoId::FromFolder(entries->path().filename().string());
    if (id && entries->is_directory(ignored)) ids.push_back(*id);
  }
  std::ranges::sort(ids);
  return ids;
}

std::optional<CachedRepo> ReadRepo(const fs::path& cache, const RepoId& id,
                                   const WarningSink& warn) {
  CachedRepo repo{id, cache / id.Folder(), {}, 0, 0};
  std::error_code error;
  if (!fs::is_directory(repo.folder, error)) return std::nullopt;
  auto refs = ReadRefs(repo.folder, warn);
  for (fs::directory_iterator entries(repo.folder / "snapshots", error), end;
       !error && entries != end; entries.increment(error)) {
    std::string name = entries->path().filename().string();
    std::error_code ignored;
    if (!IsCommit(name) || !fs::is_directory(entries->symlink_status(ignored))) continue;
    repo.commits.push_back(ReadCommit(id, name, entries->path(), warn));
    repo.commits.back().refs = refs[name];
  }
  std::ranges::sort(repo.commits, {}, [](const CachedCommit& c) { return c.snapshot.commit; });

  DiskUse use;
  // Not what lies deeper: somebody may have moved blobs to another disk, and linked more than them.
  for (fs::directory_iterator entries(repo.folder / "blobs", error), end; !error && entries != end;
       entries.increment(error)) {
    const uint64_t bytes = use.Add(entries->path());
    if (entries->path().extension() == ".incomplete") repo.partial_bytes += bytes;
  }
  for (const CachedCommit& commit : repo.commits) {
    for (const CachedFile& file : commit.files) use.Add(file.location);
  }
  repo.size_bytes = use.bytes();
  return repo;
}

std::vector<CachedRepo> ReadCache(const fs::path& cache, const WarningSink& warn) {
  std::vector<CachedRepo> repos;
  for (const RepoId& id : CachedIds(cache)) {
    if (auto repo = ReadRepo(cache, id, warn)) repos.push_back(std::move(*repo));
  }
  return repos;
}

}  // namespace kani::hub
