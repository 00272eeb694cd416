// kani inspect: what is in a model file or folder.
#include <cstdio>
#include <memory>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/description.h"
#include "apps/cli/model_options.h"
#include "apps/models/model_names.h"
#include "apps/models/places.h"
#include "apps/terminal/console.h"
#include "base/error.h"

namespace kani::cli {
namespace {

struct InspectOptions {
  std::string path;
  bool json = false;
};

using Parts = std::vector<nlohmann::ordered_json>;

/// A file or folder as it is, else a model by its name with all its parts; of a repository that is
/// one part, that.
Parts DescribePathOrName(const std::string& name) {
  if (std::filesystem::exists(name)) return Describe(name);
  const models::Catalogue catalogue{.known = models::LoadKnownModels(),
                                    .cache = models::CacheFolder()};
  const auto named = models::FindName(catalogue, name);
  if (named && named->model.language_model.repository) {
    const auto* known = catalogue.known.FindRepository(named->model.language_model.repository->id);
    const auto kind = known == nullptr ? model::ModelPart::kLanguageModel : known->kind;
    const auto part = models::Locate(catalogue.cache, named->model.language_model, kind);
    const bool speaks = kind == model::ModelPart::kLanguageModel &&
                        (named->model.codec || models::CodecFor(catalogue.known, part.path));
    if (part.whole() && !speaks) return Describe(part.path);
  }
  return DescribeModel(FindModel({.model = name}));
}

std::string Text(const nlohmann::ordered_json& value) {
  if (value.is_string()) return terminal::OneLine(value.get<std::string>());
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void PrintPart(const nlohmann::ordered_json& part) {
  terminal::Print(StrCat(Text(part["kind"]), "  ", Text(part["path"]), "\n"));
  if (part.contains("config")) {
    for (const auto& [key, value] : part["config"].items()) {
      terminal::Print(StrCat("  ", terminal::OneLine(key), ": ", Text(value), "\n"));
    }
  }
  if (part.contains("parameters")) {
    terminal::Print(StrCat("  parameters: ", Text(part["parameters"]), "\n"));
    for (const auto& [format, bytes] : part["memory_bytes"].items()) {
      char megabytes[32];
      std::snprintf(megabytes, sizeof(megabytes), "%.1f", bytes.get<double>() / 1e6);
      terminal::Print(StrCat("  memory as ", format, ": ", megabytes, " MB\n"));
    }
  }
  if (part.contains("licence_note")) {
    terminal::Print(StrCat("  licence: ", Text(part["licence_note"]), "\n"));
  }
  // Last, for there may be hundreds.
  if (part.contains("tensors")) {
    terminal::Print(StrCat("  tensors: ", part["tensors"].size(), "\n"));
    for (const auto& tensor : part["tensors"]) {
      terminal::Print(StrCat("    ", Text(tensor["name"]), "  ", Text(tensor["dtype"]), "  ",
                             Text(tensor["shape"]), "\n"));
    }
  }
}

int RunInspect(const InspectOptions& options) {
  const Parts parts = DescribePathOrName(options.path);
  if (options.json) {
    const nlohmann::ordered_json all(parts);
    terminal::Print(all.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    return 0;
  }
  for (const auto& part : parts) PrintPart(part);
  return 0;
}

}  // namespace

void AddInspect(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* inspect =
      app.add_subcommand("inspect", "Config, tensors, memory and licence note of a model");
  inspect->add_option("PATH", options->path, "A model's name, folder or file")->required();
  inspect->add_flag("--json", options->json, "As JSON");
  inspect->footer("Example: kani inspect mini");
  inspect->callback([options, &run] { run = [options] { return RunInspect(*options); }; });
}

}  // namespace kani::cli
