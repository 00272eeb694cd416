// The program kani-train: from recordings to a model that kani speaks with.
#include <CLI/CLI.hpp>
#include <string>

#include "apps/terminal/program.h"
#include "train/cli/commands.h"
#include "train/cli/memory_errors.h"

int main(int argc, char** argv) {
  CLI::App app("Pretraining of KaniTTS2 models.", "kani-train");
  kani::terminal::Action run;
  kani::train::AddTrainTokenizer(app, run);
  kani::train::AddTrainData(app, run);
  kani::train::AddTrainModel(app, run);
  kani::train::AddTrainLanguageModel(app, run);
  kani::train::AddTrainCodec(app, run);
  kani::train::AddTrainEvaluate(app, run);
  kani::train::AddTrainRecite(app, run);
  kani::train::AddTrainPlot(app, run);
  app.set_version_flag("--version", std::string("kani-train ") + KANI_VERSION);
  app.require_subcommand(1);
  app.footer(kani::terminal::Footer("kani-train lm --model tiny --corpus shards --run first"));
  return kani::terminal::RunProgram(argc, argv, app,
                                    [&run] { return kani::train::WithMemoryErrors(run); });
}
