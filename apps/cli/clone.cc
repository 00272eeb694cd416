// kani clone: recordings of a speaker to a voice file.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/cli/cloning.h"
#include "apps/cli/commands.h"
#include "apps/cli/model_options.h"
#include "apps/cli/voice_destination.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "voices/voice.h"

namespace kani::cli {
namespace {

struct CloneOptions {
  ModelOptions model;
  std::vector<std::string> recordings;
  std::string output;
  std::string language;
  bool no_normalize = false;
  bool no_trim = false;
  bool json = false;
};

struct PairSimilarity {
  size_t first, second;
  double cosine;
};

std::vector<PairSimilarity> Similarities(std::span<const std::vector<float>> embeddings) {
  std::vector<PairSimilarity> pairs;
  for (size_t i = 0; i < embeddings.size(); ++i) {
    for (size_t j = i + 1; j < embeddings.size(); ++j) {
      pairs.push_back({i, j, voices::CosineSimilarity(embeddings[i], embeddings[j])});
    }
  }
  return pairs;
}

void PrintReport(const CloneOptions& options, const ClonedFiles& cloned,
                 const std::filesystem::path& path) {
  const voices::Voice& voice = cloned.clone.voice;
  const std::vector<PairSimilarity> pairs = Similarities(cloned.clone.embeddings);
  if (options.json) {
    nlohmann::json report{{"voice", voice.name},
                          {"output", path.string()},
                          {"language", voice.language},
                          {"embedding_size", voice.embedding.size()},
                          {"normalized", !options.no_normalize},
                          {"recordings", nlohmann::json::array()},
                          {"similarities", nlohmann::json::array()}};
    for (const RecordingFile& recording : cloned.files) {
      report["recordings"].push_back({{"path", recording.path},
                                      {"seconds", recording.seconds},
                                      {"sample_rate_hz", recording.sample_rate_hz}});
    }
    for (const PairSimilarity& pair : pairs) {
      report["similarities"].push_back({{"first", cloned.files[pair.first].path},
                                        {"second", cloned.files[pair.second].path},
                                        {"cosine", pair.cosine}});
    }
    return terminal::PrintJson(report);
  }
  for (const PairSimilarity& pair : pairs) {
    char cosine[16];
    std::snprintf(cosine, sizeof(cosine), "%.3f", pair.cosine);
    terminal::Print(
        terminal::OneLine(StrCat("similarity ", cosine, "  ", cloned.files[pair.first].path, "  ",
                                 cloned.files[pair.second].path)) +
        "\n");
  }
  terminal::Print(terminal::OneLine(StrCat("voice ", voice.name, " written to ", path.string())) +
                  "\n");
}

int RunClone(const CloneOptions& options) {
  const std::filesystem::path path = VoiceDestination(options.output);
  ClonedFiles cloned = CloneFiles(
      options.recordings, options.model, !options.no_normalize,
      options.no_trim ? speaker::Silence::kKeep : speaker::Silence::kCut, terminal::PrintWarnings());
  cloned.clone.voice.name = path.stem().string();
  cloned.clone.voice.language = options.language;
  const terminal::OutputInProgress writing;
  voices::SaveVoice(cloned.clone.voice, path);
  PrintReport(options, cloned, path);
  return 0;
}

}  // namespace

void AddClone(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<CloneOptions>();
  CLI::App* clone = app.add_subcommand("clone", "Make a voice from recordings of a speaker");
  clone->add_option("RECORDING", options->recordings, "Audio files of one speaker, 3 to 30 s each")
      ->required();
  clone
      ->add_option("-o,--output", options->output,
                   "A name, kept among your voices, or a .safetensors, .json or .npy file")
      ->type_name("NAME|FILE")
      ->required();
  clone->add_option("--lang", options->language, "Language of the speaker, a tag of the model")
      ->type_name("TAG");
  clone->add_flag("--no-normalize", options->no_normalize,
                  "Plain mean of several recordings, as the original code does");
  clone->add_flag("--no-trim", options->no_trim, "Keep long silence, as the original code does");
  clone->add_flag("--json", options->json, "Print what was done as JSON");
  AddModelOption(*clone, options->model);
  AddCodecOption(*clone, options->model);
  AddSpeakerEncoderOption(*clone, options->model);
  AddDeviceOptions(*clone, options->model);
  clone->footer("Example: kani clone anna1.mp3 anna2.wav -o anna");
  clone->callback([options, &run] { run = [options] { return RunClone(*options); }; });
}

}  // namespace kani::cli
