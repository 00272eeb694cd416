// The program kani-train: from recordings to a model that kani speaks with.
#include <CLI/CLI.hpp>
#include <string>

#include "apps/terminal/program.h"
#include "train/cli/commands.h"
#include "train/cli/memory_errors.h"

int main(int argc, char** argv) {
  CLI::App app("Pretraining of KaniTTS2 models.", "kani-train");
  kani::cli::Action run;
  kani::cli::AddTrainTokenizer(app, run);
  kani::cli::AddTrainData(app, run);
  kani::cli::AddTrainModel(app, run);
  kani::cli::AddTrainLanguageModel(app, run);
  kani::cli::AddTrainEvaluate(app, run);
  kani::cli::AddTrainRecite(app, run);
  kani::cli::AddTrainPlot(app, run);
  app.set_version_flag("--version", std::string("kani-train ") + KANI_VERSION);
  app.require_subcommand(1);
  app.footer(kani::cli::Footer("kani-train lm --model tiny --corpus shards --run first"));
  return kani::cli::RunProgram(argc, argv, app,
                               [&run] { return kani::train::WithMemoryErrors(run); });
}
