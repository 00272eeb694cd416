// kani-train recite: whether a model says by heart what it was trained on.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/models/language_model.h"
#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "base/error.h"
#include "kernels/ops.h"
#include "lm/language_model.h"
#include "model/tokenizer_file.h"
#include "text/tokenizer.h"
#include "train/cli/commands.h"
#include "train/data/corpus.h"
#include "train/data/training_sequence.h"
#include "train/evaluate/recital.h"

namespace kani::train {
namespace {

struct Options {
  std::string model, corpus;
  int64_t clips = 32;
  bool json = false;
};

int Run(const Options& options) {
  const std::unique_ptr<kernels::Ops> ops = kernels::MakeOps("cpu", 0);
  const auto model = lm::LanguageModel::Load(ops->device(), options.model);
  const text::Tokenizer tokenizer(
      model::LoadTokenizerFile(std::filesystem::path(options.model) / "tokenizer.json"));
  const Corpus corpus(options.corpus);
  std::vector<Clip> clips;
  for (int64_t i = 0; i < std::min(corpus.size(), options.clips); ++i) {
    clips.push_back(BuildClip(corpus.Get(i), corpus.format(), tokenizer, model->config().tokens));
  }
  const Recital recital = Recite(*ops, *model, clips);
  if (options.json) {
    terminal::PrintJson({{"clips", recital.clips},
                         {"perfect", recital.perfect},
                         {"codes", recital.codes},
                         {"right_codes", recital.right_codes},
                         {"right_at_once", recital.right_at_once}});
  } else {
    terminal::Print(StrCat(recital.perfect, " of ", recital.clips, " clips are perfect; ",
                           recital.right_codes, " of ", recital.codes, " codes are right, ",
                           recital.right_at_once, " before the first mistake of their clip\n"));
  }
  return recital.perfect == recital.clips ? terminal::kExitOk : terminal::kExitOther;
}

}  // namespace

void AddTrainRecite(CLI::App& app, terminal::Action& run) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "recite", "Whether a model says by heart, greedily, what it was trained on");
  command->add_option("--model", options->model, "Checkpoint, or the name of a model")->required();
  command->add_option("--corpus", options->corpus, "Folder of shards")->required();
  command->add_option("--clips", options->clips, "The first so many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_flag("--json", options->json, "Prints the figures as JSON");
  command->footer("Example: kani-train recite --model first/latest --corpus shards");
  command->callback([options, &run] {
    run = [options] {
      options->model = models::LanguageModelFolder(options->model).string();
      return Run(*options);
    };
  });
}

}  // namespace kani::train
