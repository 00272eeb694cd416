// kani voices: list, show, mix, export and remove.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/cli/voice_destination.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "model/lm_config.h"
#include "voices/clone.h"
#include "voices/store.h"

namespace kani::cli {
namespace {

struct VoicesOptions {
  ModelOptions model;
  std::string name;
  std::vector<std::string> parts;  // NAME=WEIGHT
  std::string output;
  bool json = false;
};

std::vector<voices::KnownVoice> Known(const VoicesOptions& options) {
  const model::ModelPaths paths = FindModel(options.model);
  const model::LmConfig config = model::LoadLmConfig(paths.lm_folder / "config.json");
  return voices::AllVoices(UserVoiceFolder(), paths.voices, config.speaker_emb_dim,
                           terminal::PrintWarnings());
}

/// A known name or a voice file.
voices::Voice Find(const VoicesOptions& options, const std::string& name) {
  const std::filesystem::path path(name);
  if (voices::IsVoiceExtension(path.extension().string())) {
    return voices::LoadVoice(path, 0, terminal::PrintWarnings());
  }
  return voices::FindVoice(Known(options), name).voice;
}

std::string Description(const voices::Voice& voice) {
  for (const char* note : {"description", "source"}) {
    if (const auto found = voice.notes.find(note); found != voice.notes.end()) return found->second;
  }
  return "";
}

int RunList(const VoicesOptions& options) {
  const std::vector<voices::KnownVoice> voices = Known(options);
  nlohmann::json report = nlohmann::json::array();
  for (const auto& [voice, user_file, is_default] : voices) {
    const std::string where = user_file.empty() ? "model" : "yours";
    if (options.json) {
      report.push_back({{"name", voice.name},
                        {"language", voice.language},
                        {"from", where},
                        {"default", is_default},
                        {"embedding_size", voice.embedding.size()},
                        {"notes", voice.notes}});
      continue;
    }
    char line[128];
    std::snprintf(line, sizeof(line), "%-20s %-8s %-6s %-8s", terminal::OneLine(voice.name).c_str(),
                  voice.language.empty() ? "any" : terminal::OneLine(voice.language).c_str(),
                  where.c_str(), is_default ? "default" : "");
    terminal::Print(line + terminal::OneLine(Description(voice)) + "\n");
  }
  if (options.json) terminal::PrintJson(report);
  if (voices.empty()) terminal::PrintNote("there are no voices: make one by kani clone");
  return 0;
}

int RunShow(const VoicesOptions& options) {
  const voices::Voice voice = Find(options, options.name);
  double squares = 0;
  for (const float x : voice.embedding) squares += double{x} * x;
  if (options.json) {
    terminal::PrintJson({{"name", voice.name},
                         {"language", voice.language},
                         {"default", voice.is_default},
                         {"notes", voice.notes},
                         {"norm", std::sqrt(squares)},
                         {"embedding", voice.embedding}});
    return 0;
  }
  const auto row = [](std::string_view key, std::string_view value) {
    terminal::Print(terminal::OneLine(StrCat(key, ": ", value)) + "\n");
  };
  row("name", voice.name);
  row("language", voice.language.empty() ? "any" : voice.language);
  row("embedding", StrCat(voice.embedding.size(), " values, norm ", std::sqrt(squares)));
  for (const auto& [key, value] : voice.notes) row(key, value);
  for (const voices::KnownVoice& other : Known(options)) {
    if (other.voice.name == voice.name || other.voice.embedding.size() != voice.embedding.size()) {
      continue;
    }
    char cosine[16];
    std::snprintf(cosine, sizeof(cosine), "%.3f",
                  voices::CosineSimilarity(voice.embedding, other.voice.embedding));
    row(StrCat("similarity to ", other.voice.name), cosine);
  }
  return 0;
}

/// "anna=0.7" or "anna", which weighs 1.
std::pair<std::string, float> ParsePart(const std::string& part) {
  const size_t equals = part.rfind('=');
  if (equals == std::string::npos) return {part, 1.0f};
  const char* begin = part.data() + equals + 1;
  const char* end = part.data() + part.size();
  float weight = 0;
  const auto [rest, error] = std::from_chars(begin, end, weight);
  if (error != std::errc() || rest != end || !std::isfinite(weight)) {
    Fail(ErrorCode::kInvalidArgument, Quoted(part), ": expected NAME=WEIGHT, a finite number");
  }
  return {part.substr(0, equals), weight};
}

int RunMix(const VoicesOptions& options) {
  const std::filesystem::path path = VoiceDestination(options.output);
  std::vector<voices::Voice> voices;
  std::vector<float> weights;
  std::string recipe;
  for (const std::string& part : options.parts) {
    const auto [name, weight] = ParsePart(part);
    voices.push_back(Find(options, name));
    weights.push_back(weight);
    recipe += StrCat(recipe.empty() ? "" : " + ", weight, " ", voices.back().name);
  }
  voices::Voice mixed = voices::MixVoices(voices, weights);
  mixed.name = path.stem().string();
  mixed.notes = {{"source", "mixed: " + recipe}};
  const terminal::OutputInProgress writing;
  voices::SaveVoice(mixed, path);
  terminal::Print(terminal::OneLine(StrCat("voice ", mixed.name, " written to ", path.string())) +
                  "\n");
  return 0;
}

int RunExport(const VoicesOptions& options) {
  const voices::Voice voice = Find(options, options.name);
  const terminal::OutputInProgress writing;
  voices::SaveVoice(voice, options.output);
  terminal::Print(terminal::OneLine(StrCat("voice ", voice.name, " written to ", options.output)) +
                  "\n");
  return 0;
}

int RunRemove(const VoicesOptions& options) {
  const std::vector<voices::KnownVoice> voices =
      voices::UserVoices(UserVoiceFolder(), terminal::PrintWarnings());
  const voices::KnownVoice& known = voices::FindVoice(voices, options.name, " of yours");
  if (voices::IsVoiceCollection(known.user_file)) {
    Fail(ErrorCode::kUnsupported, Quoted(options.name), ": is one of several in ",
         Quoted(known.user_file.string()), ", which only you can edit");
  }
  std::error_code error;
  if (!std::filesystem::remove(known.user_file, error)) {
    Fail(ErrorCode::kIo, Quoted(known.user_file.string()), ": cannot remove: ", error.message());
  }
  terminal::Print(terminal::OneLine(StrCat("voice ", options.name, " removed")) + "\n");
  return 0;
}

using Runner = int (*)(const VoicesOptions&);

void SetAction(CLI::App* command, const std::shared_ptr<VoicesOptions>& options, Runner runner,
               terminal::Action& run) {
  command->callback([options, runner, &run] { run = [=] { return runner(*options); }; });
}

}  // namespace

void AddVoices(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<VoicesOptions>();
  CLI::App* voices = app.add_subcommand("voices", "The voices there are, and new ones from them");
  voices->require_subcommand(1);
  voices->footer("Example: kani voices mix anna=0.7 ben=0.3 -o someone");

  CLI::App* list = voices->add_subcommand("list", "The model's voices and yours");
  list->add_flag("--json", options->json, "As JSON");
  list->footer("Example: kani voices list");
  SetAction(list, options, &RunList, run);

  CLI::App* show = voices->add_subcommand("show", "What is known of one voice");
  show->add_option("NAME", options->name, "A name or a voice file")->required();
  show->add_flag("--json", options->json, "As JSON, with the embedding");
  show->footer("Example: kani voices show anna");
  SetAction(show, options, &RunShow, run);

  CLI::App* mix = voices->add_subcommand("mix", "A new voice between others");
  mix->add_option("NAME=WEIGHT", options->parts, "Voices and their shares")->required();
  mix->footer("Example: kani voices mix anna=0.7 ben=0.3 -o someone");
  SetAction(mix, options, &RunMix, run);

  CLI::App* exported = voices->add_subcommand("export", "Write a voice in another format");
  exported->add_option("NAME", options->name, "A name or a voice file")->required();
  exported->footer("Example: kani voices export anna -o anna.npy");
  SetAction(exported, options, &RunExport, run);

  CLI::App* remove = voices->add_subcommand("remove", "Delete one of your voices");
  remove->add_option("NAME", options->name, "A name")->required();
  remove->footer("Example: kani voices remove someone");
  SetAction(remove, options, &RunRemove, run);

  mix->add_option("-o,--output", options->output,
                  "A name, kept among your voices, or a .safetensors, .json or .npy file")
      ->type_name("NAME|FILE")
      ->required();
  exported->add_option("-o,--output", options->output, ".safetensors, .json or .npy")
      ->type_name("FILE")
      ->required();
  for (CLI::App* command : {list, show, mix, exported}) {
    AddModelOption(*command, options->model);
    AddCodecOption(*command, options->model);
  }
}

}  // namespace kani::cli
