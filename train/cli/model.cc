// kani-train model: makes the folder that training begins with from a language model that cannot
// speak yet.
#include <filesystem>
#include <memory>
#include <vector>

#include "apps/models/language_model.h"
#include "apps/terminal/console.h"
#include "apps/terminal/interrupt.h"
#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "model/lm_config.h"
#include "model/tokenizer_file.h"
#include "train/cli/commands.h"
#include "train/config/official_config.h"
#include "train/config/speech_config.h"
#include "train/lm/base_model.h"
#include "train/tokenizer/lfm2_tokenizer.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxSmallFile = size_t{64} << 20;

struct Options {
  std::string base, output, config;
  std::vector<std::string> language_tags;
  uint64_t seed = 42;
  bool sizes_only = false;
};

/// The original's choices, which are its YAML's and not its classes' defaults.
ModelConfig OfficialConfig() {
  ModelConfig config;
  config.use_learnable_rope = true;
  return config;
}

void Write(const fs::path& path, const std::string& text) {
  WriteFileAtomically(path, std::as_bytes(std::span(text)));
}

int Run(const Options& options) {
  const ModelConfig config =
      options.config.empty() ? OfficialConfig() : LoadModelConfig(options.config);
  const fs::path base = options.base, output = options.output;
  const auto read = [&](const char* name) { return ReadTextFile(base / name, kMaxSmallFile); };
  const std::string model = SpeechConfig(read("config.json"), config, options.language_tags,
                                         Quoted((base / "config.json").string()));
  const model::LmConfig parsed = model::ParseLmConfig(model, "config.json");
  const model::TokenizerFile tokenizer =
      SpeechTokenizer(model::LoadTokenizerFile(base / "tokenizer.json"), parsed.tokens,
                      Quoted((base / "tokenizer.json").string()));
  fs::create_directories(output);
  const terminal::OutputInProgress writing;
  if (!options.sizes_only && !config.init_from_scratch) {
    LanguageModel grown(parsed);
    LoadBase(grown, *formats::OpenSafetensors(base), options.seed);
    formats::WriteSafetensors(output / "model.safetensors", grown.parameters().Tensors(),
                              {{"format", "pt"}});
  }
  model::SaveTokenizerFile(tokenizer, output / "tokenizer.json");
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    if (fs::exists(base / name)) Write(output / name, read(name));
  }
  Write(output / "config.json", model);
  terminal::PrintNote(StrCat("a model to train in ", Quoted(options.output)));
  return 0;
}

}  // namespace

void AddTrainModel(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("model", "Makes a model to train of one that cannot speak yet (LFM2)");
  command
      ->add_option(
          "BASE", options->base,
          "Name of a pulled model, or a folder with config.json, tokenizer.json and weights")
      ->required();
  command->add_option("-o,--output", options->output, "Folder of the new model")->required();
  command->add_option("--model-config", options->config,
                      "The original's model_config.yaml; without it: its published values");
  command->add_option("--language", options->language_tags, "Tags that the model will know");
  command->add_option("--seed", options->seed, "Of the weights that are drawn")
      ->capture_default_str();
  command->add_flag("--no-weights", options->sizes_only,
                    "Only sizes and tokenizer, to train from nothing");
  command->footer("Example: kani-train model LFM2-350M -o start --language en --language es");
  command->callback([options, &run] {
    run = [options] {
      options->base = models::LanguageModelFolder(options->base).string();
      return Run(*options);
    };
  });
}

}  // namespace kani::train
