#include "apps/cli/models_report.h"

#include <algorithm>
#include <set>

#include "apps/cli/amounts.h"
#include "apps/cli/pull.h"
#include "apps/cli/pull_report.h"
#include "apps/cli/table.h"
#include "apps/terminal/console.h"
#include "base/error.h"

namespace kani::cli {
namespace {

using model::ModelPart;
using models::InventoryModel;
using models::InventoryPart;

constexpr size_t kShownCommit = 7;

std::string_view WhereText(models::Where where) {
  switch (where) {
    case models::Where::kShipped:
      return "shipped";
    case models::Where::kFolder:
      return "folder";
    case models::Where::kCache:
      return "cache";
  }
  return "";
}

std::string RevisionText(const InventoryPart& part) {
  if (!part.located.snapshot) return "";
  const std::string commit = part.located.snapshot->commit.substr(0, kShownCommit);
  const std::string& revision = part.place.repository->revision;
  return hub::IsCommit(revision) ? commit : StrCat(revision, " ", commit);
}

/// What it can do with the parts that are here.
std::string AbilityText(const InventoryModel& model) {
  const InventoryPart& lm = model.parts[0];
  if (!lm.located.whole()) return StrCat("incomplete: ", lm.located.missing, " is missing");
  const InventoryPart* codec = model.Part(ModelPart::kCodec);
  if (codec == nullptr) return model.about.empty() ? "no codec" : model.about;
  if (!model.speaks()) return "no codec";
  return model.clones() ? "speaks, clones" : "speaks; no speaker encoder";
}

/// Known models of which nothing is here, with their sizes.
std::string CanBePulled(const std::vector<InventoryModel>& here,
                        const models::Catalogue& catalogue) {
  std::set<std::string> names;
  for (const InventoryModel& model : here) names.insert(model.name);
  std::string text;
  for (const auto& [name, known] : catalogue.known.models) {
    if (names.count(name) > 0 || !known.language_model.repository) continue;
    const models::NamedModel named{.name = name, .in_table = true, .model = known};
    text += StrCat("  ", PullLine(catalogue.known, named),
                   known.about.empty() ? "" : ": " + known.about, "\n");
  }
  return text;
}

std::string PlaceText(const InventoryPart& part) {
  if (part.place.repository) return part.place.repository->id.text();
  return ShortPath(part.place.path);
}

std::string LicenseText(const InventoryPart& part) {
  return part.license.empty() ? "licence unknown" : part.license;
}

nlohmann::json PartJson(const InventoryPart& part) {
  nlohmann::json json{{"kind", PartName(part.kind)},
                      {"whole", part.located.whole()},
                      {"bytes", part.bytes},
                      {"license", part.license},
                      {"terms", part.terms}};
  if (part.place.repository) {
    json["repository"] = part.place.repository->id.text();
    json["revision"] = part.place.repository->revision;
  }
  if (part.located.snapshot) {
    json["commit"] = part.located.snapshot->commit;
    json["folder"] = part.located.snapshot->folder.string();
  }
  if (part.located.whole()) json["path"] = part.located.path.string();
  if (!part.located.missing.empty()) json["missing"] = part.located.missing;
  return json;
}

}  // namespace

std::string ModelsText(const std::vector<InventoryModel>& here, const models::Catalogue& catalogue,
                       const std::string& default_name) {
  std::vector<std::vector<std::string>> rows;
  for (const InventoryModel& model : here) {
    rows.push_back({model.name == default_name ? "*" : " ", model.name, SizeText(model.bytes()),
                    std::string(WhereText(model.where)), RevisionText(model.parts[0]),
                    LicenseText(model.parts[0]), AbilityText(model)});
  }
  std::string text;
  for (const std::string& line : AlignedLines(rows)) text += line + "\n";
  if (const std::string more = CanBePulled(here, catalogue); !more.empty()) {
    text += "known, not here:\n" + more;
  }
  if (!catalogue.cache.empty())
    text += terminal::OneLine("cache: " + ShortPath(catalogue.cache)) + "\n";
  return text;
}

nlohmann::json ModelsJson(const std::vector<InventoryModel>& here,
                          const models::Catalogue& catalogue, const std::string& default_name) {
  nlohmann::json json{{"default", default_name},
                      {"cache", catalogue.cache.string()},
                      {"models", nlohmann::json::array()},
                      {"known", nlohmann::json::array()}};
  for (const InventoryModel& model : here) json["models"].push_back(ModelJson(model));
  for (const auto& [name, known] : catalogue.known.models) json["known"].push_back(name);
  return json;
}

std::string ModelText(const InventoryModel& model) {
  std::string text = terminal::OneLine(StrCat(model.name, "  ", SizeText(model.bytes()), "  ",
                                              WhereText(model.where), "  ", AbilityText(model))) +
                     "\n";
  for (const InventoryPart& part : model.parts) {
    text += StrCat("  ", PartName(part.kind), "\n");
    const auto line = [&text](std::string_view what, const std::string& value) {
      if (!value.empty()) text += terminal::OneLine(StrCat("    ", what, ": ", value)) + "\n";
    };
    line(part.place.repository ? "repository" : "place", PlaceText(part));
    line("revision", RevisionText(part));
    if (part.located.snapshot) line("folder", ShortPath(part.located.snapshot->folder));
    line("size", part.bytes > 0 ? SizeText(part.bytes) : "");
    line("licence", LicenseText(part));
    line("terms", part.terms);
    line("missing", part.located.missing);
  }
  return text;
}

nlohmann::json ModelJson(const InventoryModel& model) {
  nlohmann::json json{{"name", model.name},
                      {"where", WhereText(model.where)},
                      {"about", model.about},
                      {"bytes", model.bytes()},
                      {"speaks", model.speaks()},
                      {"clones", model.clones()},
                      {"parts", nlohmann::json::array()}};
  for (const InventoryPart& part : model.parts) json["parts"].push_back(PartJson(part));
  return json;
}

}  // namespace kani::cli
