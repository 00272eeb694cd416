#include "train/checkpoint/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <optional>
#include <span>
#include <system_error>

#include "base/atomic_file.h"
#include "base/system_error.h"

namespace kani::train {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "step-";
constexpr std::string_view kUnfinished = ".unfinished";

std::string FolderName(int64_t step) {
  char text[32];
  std::snprintf(text, sizeof text, "%s%09lld", kPrefix.data(), static_cast<long long>(step));
  return text;
}

/// The step in a finished checkpoint's name.
std::optional<int64_t> StepOf(std::string name) {
  if (!name.starts_with(kPrefix)) return {};
  int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  return error == std::errc() && stop == end ? std::optional(step) : std::nullopt;
}

/// Renames are on disk only when their folder is.
void SyncFolder(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (done) return;
  Fail(CodeOfSystemError(error), "cannot sync ", Quoted(folder.string()), ": ",
       std::strerror(error));
}

void Rename(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error)
    Fail(CodeOfSystemError(error.value()), "cannot rename to ", Quoted(to.string()), ": ",
         error.message());
}

void PointLatestTo(const fs::path& run, const std::string& name) {
  const fs::path link = run / "latest", next = run / StrCat("latest", kUnfinished);
  std::error_code error;
  fs::remove(next, error);
  fs::create_directory_symlink(name, next, error);
  if (error)
    Fail(CodeOfSystemError(error.value()), "cannot write ", Quoted(next.string()), ": ",
         error.message());
  Rename(next, link);
  SyncFolder(run);
}

/// Steps of the finished checkpoints, newest first.
std::vector<int64_t> Steps(const fs::path& run) {
  std::vector<int64_t> steps;
  if (!fs::is_directory(run)) return steps;
  for (const fs::directory_entry& entry : fs::directory_iterator(run)) {
    const auto step = StepOf(entry.path().filename().string());
    if (step && entry.is_directory()) steps.push_back(*step);
  }
  std::sort(steps.rbegin(), steps.rend());
  return steps;
}

/// Removes what retention does not name, and what an interrupted write left.
void Prune(const fs::path& run, const Retention& retention) {
  const std::vector<int64_t> steps = Steps(run);
  std::error_code ignored;  // what cannot be removed is no reason to lose the run
  for (size_t i = static_cast<size_t>(std::max<int64_t>(1, retention.newest)); i < steps.size();
       ++i) {
    if (retention.every > 0 && steps[i] % retention.every == 0) continue;
    // First the name, then the bytes: no folder of that name is ever half there.
    const std::string name = FolderName(steps[i]);
    fs::rename(run / name, run / (name + std::string(kUnfinished)), ignored);
  }
  std::vector<fs::path> unfinished;
  for (const fs::directory_entry& entry : fs::directory_iterator(run)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kUnfinished)) unfinished.push_back(entry);
  }
  for (const fs::path& folder : unfinished) fs::remove_all(folder, ignored);
}

}  // namespace

fs::path WriteCheckpoint(const fs::path& run, const Snapshot& snapshot,
                         const Retention& retention) {
  std::error_code error;
  fs::create_directories(run, error);
  const std::string name = FolderName(snapshot.step);
  const fs::path folder = run / name, unfinished = run / (name + std::string(kUnfinished));
  fs::remove_all(unfinished, error);
  fs::create_directory(unfinished, error);
  if (error) {
    Fail(CodeOfSystemError(error.value()), "cannot make ", Quoted(unfinished.string()), ": ",
         error.message());
  }
  try {
    for (const auto& [file, text] : snapshot.files) {
      WriteFileAtomically(unfinished / file, std::as_bytes(std::span(text)));
    }
    formats::WriteSafetensors(unfinished / "model.safetensors", snapshot.weights,
                              {{"format", "pt"}});
    formats::WriteSafetensors(unfinished / "state.safetensors", snapshot.state);
    SyncFolder(unfinished);
    // The same step again (a run that went back): the older one steps aside.
    if (fs::exists(folder)) Rename(folder, run / (name + ".old" + std::string(kUnfinished)));
    Rename(unfinished, folder);
  } catch (...) {
    fs::remove_all(unfinished, error);
    throw;
  }
  SyncFolder(run);
  PointLatestTo(run, name);
  Prune(run, retention);
  return folder;
}

fs::path LatestCheckpoint(const fs::path& run) {
  const std::vector<int64_t> steps = Steps(run);
  return steps.empty() ? fs::path() : run / FolderName(steps.front());
}

int64_t CheckpointStep(const fs::path& checkpoint) {
  return StepOf(checkpoint.filename().string()).value_or(-1);
}

}  // namespace kani::train
