#include "apps/cli/models_verify.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/cli/amounts.h"
#include "apps/cli/pull_progress.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "hub/verify.h"

namespace kani::cli {
namespace {

std::string_view StateText(hub::FileState state) {
  switch (state) {
    case hub::FileState::kGood:
      return "good";
    case hub::FileState::kDamaged:
      return "damaged";
    case hub::FileState::kMissing:
      return "missing";
    case hub::FileState::kUnverified:
      return "unverified";
  }
  return "";
}

struct Verified {
  hub::CachedCommit commit;
  std::vector<hub::VerifiedFile> files;
};

/// The commits of the parts that are in the cache.
std::vector<Verified> Commits(const models::InventoryModel& model,
                              const std::filesystem::path& cache) {
  std::vector<Verified> out;
  for (const models::InventoryPart& part : model.parts) {
    if (!part.located.snapshot) continue;
    const auto repo = hub::ReadRepo(cache, part.located.snapshot->id, terminal::PrintWarnings());
    if (!repo) continue;
    for (const hub::CachedCommit& commit : repo->commits) {
      if (commit.snapshot.commit == part.located.snapshot->commit) out.push_back({commit, {}});
    }
  }
  return out;
}

nlohmann::json Report(const std::vector<Verified>& commits) {
  nlohmann::json json = nlohmann::json::array();
  for (const Verified& verified : commits) {
    for (const hub::VerifiedFile& file : verified.files) {
      json.push_back({{"repository", verified.commit.snapshot.id.text()},
                      {"commit", verified.commit.snapshot.commit},
                      {"path", file.path},
                      {"state", StateText(file.state)},
                      {"expected", file.expected},
                      {"found", file.found}});
    }
  }
  return json;
}

/// A line for each file that is not good.
void PrintBad(const Verified& verified) {
  for (const hub::VerifiedFile& file : verified.files) {
    if (file.state == hub::FileState::kGood) continue;
    const std::string hashes = file.state == hub::FileState::kDamaged
                                   ? StrCat(": hash ", file.found, ", expected ", file.expected)
                                   : "";
    terminal::Print(
        terminal::OneLine(StrCat(StateText(file.state), "  ", verified.commit.snapshot.id.text(),
                                 "  ", file.path, hashes)) +
        "\n");
  }
}

}  // namespace

int VerifyModel(const models::InventoryModel& model, const std::filesystem::path& cache,
                bool json) {
  std::vector<Verified> commits = Commits(model, cache);
  if (commits.empty()) {
    Fail(ErrorCode::kUnsupported, "model ", Quoted(model.name),
         ": nothing of it is in the cache, whose names are hashes");
  }
  uint64_t all = 0, done = 0;
  for (const Verified& verified : commits) all += verified.commit.size_bytes;
  PullProgressLine line(all);
  size_t files = 0, wrong = 0;
  for (Verified& verified : commits) {
    const auto on_bytes = [&](uint64_t bytes) { line.Show(done += bytes, ""); };
    verified.files = hub::VerifyCommit(verified.commit, {}, on_bytes, &terminal::Interrupted);
    files += verified.files.size();
    wrong += static_cast<size_t>(
        std::count_if(verified.files.begin(), verified.files.end(), [](const auto& file) {
          return file.state == hub::FileState::kDamaged || file.state == hub::FileState::kMissing;
        }));
  }
  line.Clear();
  if (json) {
    terminal::PrintJson({{"model", model.name}, {"files", Report(commits)}, {"wrong", wrong}});
  } else {
    for (const Verified& verified : commits) PrintBad(verified);
    terminal::Print(terminal::OneLine(
                        StrCat(model.name, ": ", files, " files, ", SizeText(all), ", ",
                               wrong == 0 ? "all as their hashes say" : StrCat(wrong, " wrong"))) +
                    "\n");
  }
  if (wrong == 0) return terminal::kExitOk;
  Fail(ErrorCode::kInvalidFile, "model ", Quoted(model.name), ": ", wrong,
       " files are damaged or missing; 'kani pull ", model.name, " --verify' brings them again");
}

}  // namespace kani::cli
