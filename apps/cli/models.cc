// kani models: what is here, and what to do with it.
#include <memory>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/cli/models_remove.h"
#include "apps/cli/models_report.h"
#include "apps/cli/models_verify.h"
#include "apps/cli/pull.h"
#include "apps/models/inventory.h"
#include "apps/models/places.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "base/error.h"

namespace kani::cli {
namespace {

struct ModelsOptions {
  std::string name;
  bool json = false;
  bool yes = false;
};

struct Models {
  models::Catalogue catalogue{.known = models::LoadKnownModels(), .cache = models::CacheFolder()};
  std::vector<std::filesystem::path> search_path = models::ModelSearchPath();

  std::vector<models::InventoryModel> All() const {
    return models::Inventory(catalogue, search_path, terminal::PrintWarnings());
  }
  /// Throws kNotFound, with what to run for a known one that is not here.
  models::InventoryModel Get(const std::string& name) const {
    auto model = models::FindInInventory(catalogue, search_path, name);
    if (!model || model->parts.empty()) {
      Fail(ErrorCode::kNotFound, "no model ", Quoted(name),
           ": 'kani models' lists those there are");
    }
    return *std::move(model);
  }
};

int RunList(const ModelsOptions& options) {
  const Models all;
  const std::string chosen = ModelName({});
  if (options.json) {
    terminal::PrintJson(ModelsJson(all.All(), all.catalogue, chosen));
  } else {
    terminal::Print(ModelsText(all.All(), all.catalogue, chosen));
  }
  return terminal::kExitOk;
}

int RunShow(const ModelsOptions& options) {
  const models::InventoryModel model = Models().Get(options.name);
  if (options.json) {
    terminal::PrintJson(ModelJson(model));
  } else {
    terminal::Print(ModelText(model));
  }
  return terminal::kExitOk;
}

int RunVerify(const ModelsOptions& options) {
  const Models all;
  return VerifyModel(all.Get(options.name), all.catalogue.cache, options.json);
}

int RunRemove(const ModelsOptions& options) {
  const Models all;
  return RemoveModel(all.Get(options.name), all.All(), all.catalogue.cache, options.yes);
}

int RunDefault(const ModelsOptions& options) {
  if (options.name.empty()) {
    terminal::Print(terminal::OneLine(ModelName({})) + "\n");
    return terminal::kExitOk;
  }
  if (options.name == models::kShippedModel) {
    models::SetDefaultModel(std::nullopt);
  } else {
    const models::InventoryModel model = Models().Get(options.name);
    if (!model.speaks()) {
      Fail(ErrorCode::kNotFound, "model ", Quoted(options.name),
           " cannot speak as it is here: 'kani models show ", options.name,
           "' says what is missing");
    }
    models::SetDefaultModel(model.name);
  }
  terminal::PrintNote(StrCat("'kani speak' speaks with ", options.name));
  return terminal::kExitOk;
}

using Runner = int (*)(const ModelsOptions&);

}  // namespace

void AddModels(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<ModelsOptions>();
  CLI::App* models = app.add_subcommand("models", "The models there are");
  models->require_subcommand(0, 1);
  models->add_flag("--json", options->json, "As JSON");
  models->footer("Example: kani models");
  const auto set_action = [&](CLI::App* command, Runner runner) {
    command->callback([options, runner, &run] { run = [=] { return runner(*options); }; });
  };
  const auto add = [&](const char* name, const char* help, const char* example, Runner runner) {
    CLI::App* command = models->add_subcommand(name, help);
    command->footer(StrCat("Example: kani models ", example));
    set_action(command, runner);
    return command;
  };
  CLI::App* show = add("show", "Parts, commits, sizes, licences", "show mini", &RunShow);
  CLI::App* verify = add("verify", "Rehash what was pulled", "verify kani-tts-2-en", &RunVerify);
  CLI::App* remove = add("remove", "Delete what was pulled", "remove kani-tts-2-en", &RunRemove);
  CLI::App* chosen = add("default", "What kani speak speaks with where no model is named",
                         "default mini", &RunDefault);
  for (CLI::App* command : {show, verify, remove}) {
    command->add_option("NAME", options->name, "A name, or ORG/NAME[@REVISION]")->required();
  }
  chosen->add_option("NAME", options->name, "The new one [prints the one there is]");
  for (CLI::App* command : {show, verify}) command->add_flag("--json", options->json, "As JSON");
  remove->add_flag("-y,--yes", options->yes, "Do not ask");
  // Last, so that the subcommands count more.
  models->callback([models, options, &run] {
    if (models->get_subcommands().empty()) run = [options] { return RunList(*options); };
  });
}

}  // namespace kani::cli
