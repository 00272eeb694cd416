#include "apps/cli/pull_report.h"

#include <algorithm>
#include <vector>

#include "apps/cli/amounts.h"
#include "apps/cli/table.h"
#include "apps/models/places.h"
#include "apps/terminal/console.h"
#include "base/error.h"

namespace kani::cli {
namespace {

constexpr size_t kShownCommit = 7;

std::string KindText(const PartPlan& part) {
  return part.kind ? std::string(PartName(*part.kind)) : "repository";
}

std::string RevisionText(const hub::PullPlan& plan) {
  const std::string& commit = plan.info.commit;
  if (commit.empty() || commit == plan.repo.revision) return plan.repo.revision;
  return StrCat(plan.repo.revision, " ", commit.substr(0, kShownCommit));
}

std::string SizeColumn(const PartPlan& part) {
  if (part.left_out) return "left out";
  const hub::PullPlan& plan = part.plan;
  std::string text = SizeText(plan.total_bytes);
  if (plan.complete) return text + ", here";
  if (plan.missing_bytes < plan.total_bytes) {
    text += StrCat(", of it ", SizeText(plan.total_bytes - plan.missing_bytes), " here");
  }
  return text;
}

}  // namespace

std::string ShortPath(const std::filesystem::path& path) {
  const std::string home = models::Environment("HOME").value_or("");
  const std::string text = path.string();
  if (home.size() > 1 && text.starts_with(home + "/")) return "~" + text.substr(home.size());
  return text;
}

std::string PlanText(const ModelPlan& plan, const hub::Settings& settings) {
  std::vector<std::vector<std::string>> rows;
  uint64_t free_bytes = 0;
  for (const PartPlan& part : plan.parts) {
    rows.push_back(
        {KindText(part), part.plan.repo.id.text(), RevisionText(part.plan), SizeColumn(part)});
    free_bytes = std::max(free_bytes, part.plan.free_bytes);
  }
  const std::vector<std::string> lines = AlignedLines(rows);
  std::string text = terminal::OneLine(StrCat(plan.name, " from ", settings.endpoint)) + "\n";
  for (size_t i = 0; i < lines.size(); ++i) {
    const PartPlan& part = plan.parts[i];
    const std::string license = part.license.empty() ? "licence unknown" : part.license;
    text += StrCat("  ", lines[i], "\n      ",
                   terminal::OneLine(StrCat(license, ", shown at ", part.terms)), "\n");
  }
  if (!plan.complete()) {
    text += terminal::OneLine(StrCat(
                "  ", SizeText(plan.missing_bytes()), " to download to ", ShortPath(settings.cache),
                free_bytes > 0 ? StrCat(" (", SizeText(free_bytes), " free)") : "")) +
            "\n";
  }
  return text;
}

nlohmann::json PlanJson(const ModelPlan& plan, const hub::Settings& settings) {
  nlohmann::json json{{"model", plan.name},
                      {"endpoint", settings.endpoint},
                      {"cache", settings.cache.string()},
                      {"total_bytes", plan.total_bytes()},
                      {"missing_bytes", plan.missing_bytes()},
                      {"complete", plan.complete()},
                      {"parts", nlohmann::json::array()}};
  for (const PartPlan& part : plan.parts) {
    nlohmann::json entry{{"kind", KindText(part)},
                         {"repository", part.plan.repo.id.text()},
                         {"revision", part.plan.repo.revision},
                         {"license", part.license},
                         {"terms", part.terms},
                         {"left_out", part.left_out}};
    if (!part.left_out) {
      entry["commit"] = part.plan.info.commit;
      entry["folder"] = part.plan.folder.string();
      entry["gated"] = part.plan.info.gated;
      entry["total_bytes"] = part.plan.total_bytes;
      entry["missing_bytes"] = part.plan.missing_bytes;
      entry["complete"] = part.plan.complete;
      entry["files"] = nlohmann::json::array();
      for (const hub::PlannedFile& file : part.plan.files) {
        entry["files"].push_back({{"path", file.file.path},
                                  {"bytes", file.file.size_bytes},
                                  {"hash", file.file.etag},
                                  {"present", file.present},
                                  {"partial_bytes", file.partial_bytes}});
      }
    }
    if (!part.from_cache_because.empty()) entry["from_cache_because"] = part.from_cache_because;
    json["parts"].push_back(std::move(entry));
  }
  return json;
}

}  // namespace kani::cli
