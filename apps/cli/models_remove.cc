#include "apps/cli/models_remove.h"

#include <algorithm>

#include "apps/cli/amounts.h"
#include "apps/models/places.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "hub/remove.h"

namespace kani::cli {
namespace {

/// Two names of one commit, as a branch and a tag can be.
bool SameCommit(const models::InventoryModel& a, const models::InventoryModel& b) {
  const auto& first = a.parts[0].located.snapshot;
  const auto& second = b.parts[0].located.snapshot;
  return first && second && first->folder == second->folder;
}

/// Another model that is here, stays, and has this repository among its parts; null if there is
/// none.
const models::InventoryModel* OtherUser(const models::InventoryModel& model,
                                        const std::vector<models::InventoryModel>& all,
                                        const hub::RepoId& id) {
  for (const models::InventoryModel& other : all) {
    if (other.name == model.name || SameCommit(other, model)) continue;
    for (const models::InventoryPart& part : other.parts) {
      if (part.place.repository && part.place.repository->id == id) return &other;
    }
  }
  return nullptr;
}

/// What goes with `model`: its language model at that revision, then what nobody else needs.
std::vector<hub::Removal> Plan(const models::InventoryModel& model,
                               const std::vector<models::InventoryModel>& all,
                               const std::filesystem::path& cache) {
  std::vector<hub::Removal> removals;
  for (const models::InventoryPart& part : model.parts) {
    if (!part.place.repository) continue;
    const auto repo = hub::ReadRepo(cache, part.place.repository->id, terminal::PrintWarnings());
    if (!repo) continue;
    const models::InventoryModel* other = OtherUser(model, all, repo->id);
    const bool first = &part == &model.parts[0];
    if (other != nullptr && !first) {
      terminal::PrintNote(StrCat(repo->id.text(), " stays: ", other->name, " needs it"));
      continue;
    }
    if (first && other != nullptr && other->Part(part.kind) != &other->parts[0]) {
      terminal::PrintNote(StrCat(other->name, " needs ", repo->id.text()));
    }
    // Only this commit where other names of the repository are here; else what is left of
    // interrupted downloads goes, too.
    std::vector<std::string> commits;
    if (other != nullptr && part.located.snapshot) {
      commits.push_back(part.located.snapshot->commit);
    }
    removals.push_back(hub::PlanRemoval(cache, *repo, commits));
  }
  return removals;
}

}  // namespace

int RemoveModel(const models::InventoryModel& model, const std::vector<models::InventoryModel>& all,
                const std::filesystem::path& cache, bool yes) {
  if (model.where != models::Where::kCache) {
    Fail(ErrorCode::kUnsupported, "model ", Quoted(model.name), " lies in ",
         Quoted(model.parts.empty() ? "" : model.parts[0].place.path.string()),
         ", not in the cache: remove that folder yourself");
  }
  std::vector<std::string> names{model.name};
  for (const models::InventoryModel& other : all) {
    if (other.name == model.name || !SameCommit(other, model)) continue;
    terminal::PrintNote(StrCat(other.name, " is the same commit and goes, too"));
    names.push_back(other.name);
  }
  const std::vector<hub::Removal> removals = Plan(model, all, cache);
  if (removals.empty()) {
    Fail(ErrorCode::kNotFound, "model ", Quoted(model.name), ": nothing of it is in the cache");
  }
  uint64_t freed = 0;
  for (const hub::Removal& removal : removals) {
    freed += removal.freed_bytes;
    terminal::Print(terminal::OneLine(StrCat(
                        removal.id.text(),
                        removal.whole_repo ? "" : StrCat(" ", removal.commits.size(), " commit"),
                        ", frees ", SizeText(removal.freed_bytes))) +
                    "\n");
  }
  terminal::FlushStdout();
  if (!yes && !terminal::CanAsk()) {
    Fail(ErrorCode::kInvalidArgument, "not a terminal to ask on: --yes removes without asking");
  }
  if (!yes && !terminal::Ask("remove them?")) Fail(ErrorCode::kCancelled, "nothing was removed");
  {
    const terminal::OutputInProgress writing;
    for (const hub::Removal& removal : removals) hub::Remove(removal);
  }
  terminal::Print(
      terminal::OneLine(StrCat("removed ", model.name, ", ", SizeText(freed), " free again")) +
      "\n");
  const auto chosen = models::DefaultModel();
  if (chosen && std::find(names.begin(), names.end(), *chosen) != names.end()) {
    models::SetDefaultModel(std::nullopt);
    terminal::PrintNote(StrCat("'kani speak' speaks with ", models::kShippedModel, " again"));
  }
  return terminal::kExitOk;
}

}  // namespace kani::cli
