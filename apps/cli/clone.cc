// kani clone: recordings of a speaker to a voice file.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "cloning.h"
#include "commands.h"
#include "console.h"
#include "interrupt.h"
#include "model/voice.h"
#include "model_options.h"
#include "voice_lookup.h"

namespace kani::cli {
namespace {

struct CloneOptions {
  ModelOptions model;
  std::vector<std::string> recordings;
  std::string output;
  std::string language;
  bool no_normalize = false;
  bool json = false;
};

struct PairSimilarity {
  size_t first, second;
  double cosine;
};

std::vector<PairSimilarity> Similarities(std::span<const ClonedRecording> recordings) {
  std::vector<PairSimilarity> pairs;
  for (size_t i = 0; i < recordings.size(); ++i) {
    for (size_t j = i + 1; j < recordings.size(); ++j) {
      pairs.push_back({i, j, CosineSimilarity(recordings[i].embedding, recordings[j].embedding)});
    }
  }
  return pairs;
}

void PrintReport(const CloneOptions& options, const model::Voice& voice,
                 const std::filesystem::path& path, std::span<const ClonedRecording> recordings) {
  const std::vector<PairSimilarity> pairs = Similarities(recordings);
  if (options.json) {
    nlohmann::json report{{"voice", voice.name},
                          {"output", path.string()},
                          {"language", voice.language},
                          {"embedding_size", voice.embedding.size()},
                          {"normalized", !options.no_normalize},
                          {"recordings", nlohmann::json::array()},
                          {"similarities", nlohmann::json::array()}};
    for (const ClonedRecording& recording : recordings) {
      report["recordings"].push_back({{"path", recording.path},
                                      {"seconds", recording.seconds},
                                      {"sample_rate_hz", recording.sample_rate_hz}});
    }
    for (const PairSimilarity& pair : pairs) {
      report["similarities"].push_back({{"first", recordings[pair.first].path},
                                        {"second", recordings[pair.second].path},
                                        {"cosine", pair.cosine}});
    }
    return PrintJson(report);
  }
  for (const PairSimilarity& pair : pairs) {
    char cosine[16];
    std::snprintf(cosine, sizeof(cosine), "%.3f", pair.cosine);
    Print(OneLine(StrCat("similarity ", cosine, "  ", recordings[pair.first].path, "  ",
                         recordings[pair.second].path)) +
          "\n");
  }
  Print(OneLine(StrCat("voice ", voice.name, " written to ", path.string())) + "\n");
}

int RunClone(const CloneOptions& options) {
  const WarningSink warn = PrintWarnings();
  const std::filesystem::path path = VoiceDestination(options.output);
  const std::vector<ClonedRecording> recordings =
      EmbedFiles(options.recordings, options.model, warn);
  model::Voice voice;
  voice.name = path.stem().string();
  voice.language = options.language;
  voice.embedding = MeanEmbedding(recordings, !options.no_normalize);
  voice.notes["source"] = StrCat("cloned from ", recordings.size(),
                                 recordings.size() == 1 ? " recording" : " recordings");
  const OutputInProgress writing;
  model::SaveVoice(voice, path);
  PrintReport(options, voice, path, recordings);
  return 0;
}

}  // namespace

void AddClone(CLI::App& app, Action& run) {
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
  clone->add_flag("--json", options->json, "Print what was done as JSON");
  AddModelOption(*clone, options->model);
  AddCodecOption(*clone, options->model);
  AddSpeakerEncoderOption(*clone, options->model);
  AddDeviceOptions(*clone, options->model);
  clone->footer("Example: kani clone anna1.mp3 anna2.wav -o anna");
  clone->callback([options, &run] { run = [options] { return RunClone(*options); }; });
}

}  // namespace kani::cli
