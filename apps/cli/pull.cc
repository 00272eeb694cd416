// kani pull: a model by name from a hub.
#include "apps/cli/pull.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <utility>

#include "apps/cli/amounts.h"
#include "apps/cli/commands.h"
#include "apps/cli/hub_advice.h"
#include "apps/cli/pull_progress.h"
#include "apps/cli/pull_report.h"
#include "apps/models/places.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"

namespace kani::cli {
namespace {

/// What every file system needs beside the files.
constexpr uint64_t kSpareShare = 20;  // 1/20 = 5 %

/// Before the first byte, for all parts together.
void CheckFreeSpace(const ModelPlan& plan, const hub::Settings& settings) {
  const uint64_t needed = plan.missing_bytes() + plan.missing_bytes() / kSpareShare;
  for (const PartPlan& part : plan.parts) {
    if (part.left_out || part.plan.free_bytes == 0 || part.plan.free_bytes >= needed) continue;
    Fail(ErrorCode::kIo, SizeText(needed), " are needed and ", SizeText(part.plan.free_bytes),
         " free in ", Quoted(settings.cache.string()),
         "; HF_HUB_CACHE names another folder for models");
  }
}

uint64_t ToTransfer(const hub::PullPlan& plan) {
  uint64_t bytes = 0;
  for (const hub::PlannedFile& file : plan.files) {
    if (!file.present) bytes += file.file.size_bytes;
  }
  return bytes;
}

/// Downloads part after part. Returns the bytes that came.
uint64_t Download(const ModelPlan& plan, const hub::Settings& settings, const std::string& name) {
  uint64_t all = 0, before = 0, downloaded = 0;
  for (const PartPlan& part : plan.parts) all += part.left_out ? 0 : ToTransfer(part.plan);
  PullProgressLine line(all);
  const terminal::OutputInProgress writing;
  hub::PullHooks hooks;
  hooks.cancelled = &terminal::Interrupted;
  hooks.warn = [&line, print = terminal::PrintWarnings()](std::string_view text) {
    line.Clear();
    print(text);
  };
  hooks.progress = [&](const hub::PullProgress& progress) {
    line.Show(before + progress.done_bytes, progress.waiting);
  };
  for (const PartPlan& part : plan.parts) {
    if (part.left_out || part.plan.complete) continue;
    try {
      downloaded += hub::RunPull(settings, part.plan, hooks).downloaded_bytes;
    } catch (const hub::HubError& error) {
      line.Clear();
      Fail(error.code(), WithAdvice(error, settings, part.plan.repo.id, name));
    } catch (const Error& error) {
      line.Clear();
      if (error.code() == ErrorCode::kCancelled) {
        Fail(ErrorCode::kCancelled, "interrupted; the same command goes on from here");
      }
      if (error.code() != ErrorCode::kIo) throw;
      Fail(ErrorCode::kIo, error.what(),
           "; what has arrived is kept, and HF_HUB_CACHE names another folder for models");
    }
    before += ToTransfer(part.plan);
  }
  line.Clear();
  return downloaded;
}

/// "3 days" since the commit came; "some time" where the clock or the disk does not tell.
std::string AgeText(const std::filesystem::path& folder) {
  std::error_code error;
  const auto came = std::filesystem::last_write_time(folder, error);
  const std::chrono::duration<double> age = std::filesystem::file_time_type::clock::now() - came;
  return error || age.count() < 0 ? "some time" : DurationText(age.count());
}

/// Makes it what `kani speak` speaks with. Returns whether it is.
bool MakeDefault(const ModelPlan& plan, const models::Catalogue& catalogue) {
  if (!plan.speaks) return false;
  const auto named = models::FindName(catalogue, plan.name);
  if (!named) return false;
  const auto part = models::Locate(catalogue.cache, named->model.language_model,
                                   model::ModelPart::kLanguageModel);
  if (!part.whole()) return false;
  const auto lookup = models::LookupOf(catalogue, *named, part.path);
  if (!model::CodecIn(part.path) && !lookup.codec_elsewhere(part.path)) return false;
  try {
    models::SetDefaultModel(plan.name);
  } catch (const Error& error) {
    Warn(terminal::PrintWarnings(),
         StrCat("the model is here, but is not the default: ", error.what()));
    return false;
  }
  return true;
}

void Report(const PullOptions& options, const ModelPlan& plan, const hub::Settings& settings,
            uint64_t downloaded, bool is_default) {
  if (options.json) {
    nlohmann::json json = PlanJson(plan, settings);
    json["dry_run"] = options.dry_run;
    json["downloaded_bytes"] = downloaded;
    json["default"] = is_default;
    return terminal::PrintJson(json);
  }
  if (options.dry_run) return;
  for (const PartPlan& part : plan.parts) {
    if (part.left_out) continue;
    terminal::Print(terminal::OneLine(StrCat(part.plan.repo.id.text(), " ", part.plan.info.commit,
                                             " in ", ShortPath(part.plan.folder))) +
                    "\n");
  }
  if (is_default) {
    terminal::PrintNote(StrCat("'kani speak' now speaks with ", plan.name,
                               "; 'kani models default ", models::kShippedModel, "' goes back"));
  }
}

}  // namespace

int Pull(const PullOptions& options) {
  hub::Settings settings = models::HubSettings(terminal::PrintWarnings());
  settings.offline = settings.offline || options.offline;
  const models::Catalogue catalogue{.known = models::LoadKnownModels(), .cache = settings.cache};
  ModelPlan plan;
  {
    // A wait for a busy hub can be seen and ended.
    terminal::ProgressLine line;
    const hub::PullHooks hooks{
        .progress = [&line](const hub::PullProgress& progress) { line.Show(progress.waiting); },
        .cancelled = &terminal::Interrupted,
        .warn = terminal::PrintWarnings()};
    plan = PlanModel(settings, catalogue, options, hooks);
  }
  for (const PartPlan& part : plan.parts) {
    if (part.from_cache_because.empty()) continue;
    terminal::PrintNote(StrCat(part.from_cache_because,
                               "; using what is here: ", part.plan.repo.id.text(), " ",
                               part.plan.info.commit, " of ", AgeText(part.plan.folder), " ago"));
  }
  if (!options.json) terminal::Print(PlanText(plan, settings));
  terminal::FlushStdout();
  uint64_t downloaded = 0;
  if (!options.dry_run && !plan.complete()) {
    CheckFreeSpace(plan, settings);
    const bool ask = !options.yes && !options.json && terminal::CanAsk();
    if (ask && !terminal::Ask("pull it?")) Fail(ErrorCode::kCancelled, "nothing was pulled");
    downloaded = Download(plan, settings, options.name);
  }
  const bool is_default = !options.dry_run && MakeDefault(plan, catalogue);
  Report(options, plan, settings, downloaded, is_default);
  return terminal::kExitOk;
}

std::string PullLine(const models::KnownModels& known, const models::NamedModel& named) {
  uint64_t bytes = 0;
  for (const auto& place : {std::optional(named.model.language_model), named.model.codec,
                            named.model.speaker_encoder}) {
    if (!place || !place->repository) continue;
    const auto* repository = known.FindRepository(place->repository->id);
    bytes += repository == nullptr ? 0 : repository->bytes;
  }
  const std::string size = bytes == 0 ? "" : StrCat(" (about ", SizeText(bytes), ")");
  return StrCat("'kani pull ", named.name, "'", size);
}

void AddPull(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<PullOptions>();
  CLI::App* pull = app.add_subcommand("pull", "Bring a model from a hub");
  pull->add_option("NAME", options->name, "A known name (see kani models), or ORG/NAME")
      ->required();
  pull->add_option("--revision", options->revision, "Branch, tag or commit [main]")
      ->type_name("REVISION");
  pull->add_option("--without", options->without, "A part to leave out: codec, speaker-encoder")
      ->check(CLI::IsMember({"codec", "speaker-encoder"}))
      ->type_name("PART");
  pull->add_option("--include", options->include,
                   "Only files that match, as in --include '*.json', and no other part")
      ->type_name("PATTERN");
  pull->add_flag("--verify", options->verify,
                 "Rehash what is here, and bring again what is damaged");
  pull->add_flag("--dry-run", options->dry_run, "Only say what, how large, from where");
  pull->add_flag("--offline", options->offline, "Send nothing; fails if a file is missing");
  pull->add_flag("--json", options->json, "Print what was done as JSON; never asks");
  pull->add_flag("-y,--yes", options->yes, "Do not ask");
  pull->footer("Example: kani pull kani-tts-2-en");
  pull->callback([options, &run] { run = [options] { return Pull(*options); }; });
}

}  // namespace kani::cli
