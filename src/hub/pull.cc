// The second half of hub/pull.h: brings what a plan lacks.
#include "hub/pull.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <map>

#include "base/error.h"
#include "hub/blob_download.h"
#include "hub/cache.h"
#include "hub/crew.h"
#include "hub/digest.h"
#include "hub/repo_folder.h"

namespace kani::hub {
namespace {

namespace fs = std::filesystem;

/// One blob and all paths of the commit that it stands at.
struct Job {
  RemoteFile file;  ///< at the first of the paths
  std::vector<std::string> paths;
  bool present = false, damaged = false;
};

/// The largest first: the end of a pull is then not one large file alone.
std::vector<Job> JobsOf(const PullPlan& plan) {
  std::map<std::string, Job> by_etag;
  for (const PlannedFile& planned : plan.files) {
    if (planned.linked) continue;
    Job& job = by_etag[planned.file.etag];
    if (job.paths.empty()) job.file = planned.file;
    job.paths.push_back(planned.file.path);
    job.present = job.present || planned.present;
    job.damaged = job.damaged || planned.damaged;
  }
  std::vector<Job> jobs;
  for (auto& [etag, job] : by_etag) jobs.push_back(std::move(job));
  std::ranges::sort(jobs, std::ranges::greater(),
                    [](const Job& job) { return job.file.size_bytes; });
  return jobs;
}

class Puller {
 public:
  Puller(const Settings& settings, const PullPlan& plan, const Activity& activity)
      : settings_(settings),
        plan_(plan),
        activity_(activity),
        jobs_(JobsOf(plan)),
        folder_(settings.cache, plan.repo.id),
        links_(settings.symlinks && folder_.MakesLinks()) {
    for (const Job& job : jobs_) {
      if (job.present) continue;
      total_bytes_ += job.file.size_bytes;
      ++total_files_;
    }
  }

  int threads() const {
    return std::clamp(static_cast<int>(jobs_.size()), 1, std::max(1, settings_.parallel_files));
  }

  /// Takes jobs until there are none.
  void Work() {
    std::optional<Client> client;  // no connection where nothing is missing
    while (!activity_.cancelled()) {
      const size_t next = next_job_.fetch_add(1);
      if (next >= jobs_.size()) return;
      const Job& job = jobs_[next];
      links_ ? BringByLinks(&client, job) : BringByFiles(&client, job);
      if (!job.present) ++done_files_;
    }
    Fail(ErrorCode::kCancelled, "interrupted");
  }

  /// After all jobs: is everything there, and which commit is it?
  void Finish() const {
    for (const PlannedFile& planned : plan_.files) {
      struct stat status {};
      if (::stat((plan_.folder / planned.file.path).c_str(), &status) != 0) {
        Fail(ErrorCode::kIo, Quoted((plan_.folder / planned.file.path).string()),
             ": somebody removed it meanwhile");
      }
    }
    if (IsCommit(plan_.repo.revision)) return;
    folder_.WriteRef(plan_.repo.revision, plan_.info.commit);
  }

  PullProgress Progress() const {
    return {static_cast<uint64_t>(std::max<int64_t>(0, done_bytes_)),
            total_bytes_,
            done_files_,
            total_files_,
            {}};
  }
  PullResult Result() const { return {plan_.folder, came_bytes_, came_files_}; }

 private:
  BlobLock Lock(const Job& job) const {
    return folder_.Lock(job.file.etag, [&] {
      activity_.waiting(Quoted(job.file.path) + ": another process downloads it");
      if (activity_.cancelled()) Fail(ErrorCode::kCancelled, "interrupted");
    });
  }

  /// Whether the hash of an existing file is right, where the plan found a wrong one.
  bool IsGood(const fs::path& path, const Job& job) const {
    return !job.damaged || HashFile(path, job.file.etag, activity_.cancelled) == job.file.etag;
  }

  void BringByLinks(std::optional<Client>* client, const Job& job) {
    const BlobLock lock = Lock(job);
    activity_.waiting("");
    const fs::path blob = fs::path(folder_.shown()) / "blobs" / job.file.etag;
    if (folder_.HasBlob(job.file.etag, job.file.size_bytes) && IsGood(blob, job)) {
      if (!job.present) done_bytes_ += static_cast<int64_t>(job.file.size_bytes);
    } else {
      Download(client, job, lock.exclusive(),
               [&](const PartialBlob& partial) { folder_.Publish(partial, job.file.etag); });
    }
    for (const std::string& path : job.paths) {
      folder_.Link(plan_.info.commit, path, job.file.etag, job.file.size_bytes, job.damaged);
    }
  }

  /// Where there are no symbolic links: a plain file, made from one that is there if possible.
  void BringByFiles(std::optional<Client>* client, const Job& job) {
    const BlobLock lock = Lock(job);
    activity_.waiting("");
    if (const auto same = FindSame(job)) {
      if (!job.present) done_bytes_ += static_cast<int64_t>(job.file.size_bytes);
      folder_.Copy(*same, plan_.info.commit, job.paths.front());
    } else {
      Download(client, job, lock.exclusive(), [&](const PartialBlob& partial) {
        folder_.PublishAt(partial, plan_.info.commit, job.paths.front());
      });
    }
    for (size_t i = 1; i < job.paths.size(); ++i) {
      folder_.Copy(plan_.folder / job.paths.front(), plan_.info.commit, job.paths[i]);
    }
  }

  /// A file here with the same bytes: the blob, or the same path of a commit. Size and hash decide.
  std::optional<fs::path> FindSame(const Job& job) const {
    std::vector<fs::path> candidates{fs::path(folder_.shown()) / "blobs" / job.file.etag};
    std::error_code error;
    for (const auto& commit : fs::directory_iterator(plan_.folder.parent_path(), error)) {
      for (const std::string& path : job.paths) candidates.push_back(commit.path() / path);
    }
    for (const fs::path& candidate : candidates) {
      struct stat status {};
      const bool fits = ::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                        static_cast<uint64_t>(status.st_size) == job.file.size_bytes;
      if (fits && HashFile(candidate, job.file.etag, activity_.cancelled) == job.file.etag) {
        return candidate;
      }
    }
    return std::nullopt;
  }

  template <typename Publish>
  void Download(std::optional<Client>* client, const Job& job, bool exclusive, Publish publish) {
    if (!*client) client->emplace(settings_, activity_);
    for (bool again = false;; again = true) {
      PartialBlob partial = folder_.OpenPartial(job.file.etag, job.file.size_bytes, exclusive);
      const uint64_t before = partial.size_bytes;
      const std::function<void(int64_t)> on_bytes = [&](int64_t bytes) { done_bytes_ += bytes; };
      const BlobRequest request{plan_.repo.id, plan_.info.commit, job.file,
                                settings_,     activity_,         on_bytes};
      DownloadBlob(&**client, request, &partial);
      came_bytes_ += partial.size_bytes - std::min(before, partial.size_bytes);
      try {
        publish(partial);
        ++came_files_;
        return;
      } catch (const Error& error) {
        // Somebody cleared the cache of partial files: once more.
        if (again || error.code() != ErrorCode::kNotFound) throw;
        done_bytes_ -= static_cast<int64_t>(partial.size_bytes);
      }
    }
  }

  const Settings& settings_;
  const PullPlan& plan_;
  const Activity& activity_;
  const std::vector<Job> jobs_;
  const RepoFolder folder_;
  const bool links_;
  uint64_t total_bytes_ = 0;
  int total_files_ = 0;
  std::atomic<size_t> next_job_{0};
  std::atomic<int64_t> done_bytes_{0};
  std::atomic<int> done_files_{0};
  std::atomic<uint64_t> came_bytes_{0};
  std::atomic<int> came_files_{0};
};

void CheckFreeSpace(const Settings& settings, const PullPlan& plan) {
  const uint64_t wanted = plan.missing_bytes + plan.missing_bytes / 20;
  if (wanted <= plan.free_bytes) return;
  Fail(ErrorCode::kIo, Quoted(settings.cache.string()), ": ", wanted, " bytes are needed, ",
       plan.free_bytes, " are free");
}

}  // namespace

PullResult RunPull(const Settings& settings, const PullPlan& plan, const PullHooks& hooks) {
  if (plan.complete) return {plan.folder, 0, 0};
  CheckFreeSpace(settings, plan);
  Settings own = settings;
  if (plan.token_refused) own.token.clear();
  Crew crew(hooks);
  Puller puller(own, plan, crew.activity());
  crew.Run(
      puller.threads(), [&] { puller.Work(); }, [&] { return puller.Progress(); });
  puller.Finish();
  return puller.Result();
}

}  // namespace kani::hub
