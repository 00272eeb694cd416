// The first half of hub/pull.h: what is there, what is missing.
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "hub/cache.h"
#include "hub/client.h"
#include "hub/crew.h"
#include "hub/digest.h"
#include "hub/pull.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

bool MatchesOne(const std::vector<std::string>& patterns, const std::string& path) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return ::fnmatch(pattern.c_str(), path.c_str(), 0) == 0;
  });
}

bool IsWanted(const PullRequest& request, const std::string& path) {
  return (request.include.empty() || MatchesOne(request.include, path)) &&
         !MatchesOne(request.exclude, path);
}

/// Size of a regular file that may be read, behind any links.
std::optional<uint64_t> ReadableSize(const fs::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  if (::access(path.c_str(), R_OK) != 0) return std::nullopt;
  return static_cast<uint64_t>(status.st_size);
}

uint64_t PartialBytes(const fs::path& repo, const RemoteFile& file) {
  for (const char* end : {".kani.incomplete", ".incomplete"}) {
    struct stat status {};
    const fs::path path = repo / "blobs" / (file.etag + end);
    if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const auto bytes = static_cast<uint64_t>(status.st_size);
    return bytes <= file.size_bytes ? bytes : 0;
  }
  return 0;
}

uint64_t FreeBytes(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) {
    folder = folder.parent_path();
  }
  if (folder.empty()) folder = ".";
  const fs::space_info space = fs::space(folder, error);
  return error ? UINT64_MAX : space.available;  // not known: the write itself will tell
}

class Planner {
 public:
  Planner(const Settings& settings, const PullRequest& request, const Activity& activity)
      : settings_(settings), request_(request), activity_(activity) {
    plan_.repo = request.repo;
    repo_ = settings.cache / request.repo.id.Folder();
  }

  PullPlan Make() {
    Client client(settings_, activity_);
    const bool is_commit = IsCommit(request_.repo.revision);
    if (is_commit) {
      plan_.info.commit = request_.repo.revision;
    } else {
      plan_.info = client.Info(request_.repo);
    }
    plan_.folder = repo_ / "snapshots" / plan_.info.commit;
    if (request_.verify || !AllThere()) ListAndCompare(&client);
    plan_.token_refused = client.token_refused();
    plan_.free_bytes = FreeBytes(settings_.cache);
    const bool ref_stands = is_commit || RefStands();
    plan_.complete = ref_stands && std::ranges::all_of(plan_.files, &PlannedFile::linked);
    return std::move(plan_);
  }

 private:
  /// Whether the snapshot has all the wanted files that the first answer names; then the second
  /// request is spared.
  bool AllThere() {
    std::vector<PlannedFile> files;
    for (const std::string& path : plan_.info.paths) {
      if (!IsWanted(request_, path)) continue;
      const auto size = ReadableSize(plan_.folder / path);
      if (!size) return false;
      files.push_back({{path, *size, {}}, true, true, false, 0});
      plan_.total_bytes += *size;
    }
    if (files.empty()) return false;
    std::ranges::sort(files, {}, [](const PlannedFile& planned) { return planned.file.path; });
    plan_.files = std::move(files);
    return true;
  }

  void ListAndCompare(Client* client) {
    plan_.total_bytes = 0;
    std::set<std::string> counted;  // one blob may have several paths
    for (RemoteFile& file : client->Files(request_.repo.id, plan_.info.commit)) {
      if (!IsWanted(request_, file.path)) continue;
      PlannedFile planned = Compare(std::move(file));
      plan_.total_bytes += planned.file.size_bytes;
      if (!planned.present && counted.insert(planned.file.etag).second) {
        plan_.missing_bytes += planned.file.size_bytes - planned.partial_bytes;
      }
      plan_.files.push_back(std::move(planned));
    }
    if (plan_.files.empty()) {
      std::string patterns;
      for (const std::string& pattern : request_.include) patterns += " " + Quoted(pattern);
      Fail(ErrorCode::kInvalidArgument, request_.repo.id.text(), ": of the files of commit ",
           plan_.info.commit, " none is left by the patterns", patterns);
    }
  }

  PlannedFile Compare(RemoteFile file) {
    PlannedFile planned{std::move(file), false, false, false, 0};
    const RemoteFile& remote = planned.file;
    const fs::path link = plan_.folder / remote.path, blob = repo_ / "blobs" / remote.etag;
    planned.linked = ReadableSize(link) == remote.size_bytes;
    planned.present = planned.linked || ReadableSize(blob) == remote.size_bytes;
    if (planned.present && request_.verify) {
      const std::string hash =
          HashFile(planned.linked ? link : blob, remote.etag, activity_.cancelled);
      planned.damaged = hash != remote.etag;
      if (planned.damaged) planned.present = planned.linked = false;
    }
    if (!planned.present) planned.partial_bytes = PartialBytes(repo_, remote);
    return planned;
  }

  bool RefStands() const {
    const auto snapshot = FindSnapshot(settings_.cache, request_.repo.id, request_.repo.revision);
    return snapshot && snapshot->commit == plan_.info.commit;
  }

  const Settings& settings_;
  const PullRequest& request_;
  const Activity& activity_;
  fs::path repo_;
  PullPlan plan_{.repo = {RepoId::Parse("unnamed")}};
};

}  // namespace

PullPlan PlanPull(const Settings& settings, const PullRequest& request, const PullHooks& hooks) {
  CheckRevision(request.repo.revision);
  Crew crew(hooks);
  std::optional<PullPlan> plan;
  crew.Run(
      1, [&] { plan = Planner(settings, request, crew.activity()).Make(); },
      [] { return PullProgress{}; });
  return std::move(*plan);
}

std::vector<RemoteFile> ListFiles(const Settings& settings, const RepoId& id,
                                  const std::string& commit, const PullHooks& hooks) {
  if (!IsCommit(commit)) Fail(ErrorCode::kInvalidArgument, Quoted(commit), " is no commit");
  Crew crew(hooks);
  std::vector<RemoteFile> files;
  crew.Run(
      1, [&] { files = Client(settings, crew.activity()).Files(id, commit); },
      [] { return PullProgress{}; });
  return files;
}

}  // namespace kani::hub
