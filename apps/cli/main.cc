// The program kani.
#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "apps/cli/commands.h"
#include "apps/jail/jail.h"
#include "apps/terminal/program.h"

int main(int argc, char** argv) {
  if (const std::optional<int> code = kani::jail::RunChild(argc, argv)) return *code;
  CLI::App app("Text to speech with cloned voices, on this machine.", "kani");
  kani::terminal::Action run;
  kani::cli::AddSpeak(app, run);
  kani::cli::AddClone(app, run);
  kani::cli::AddVoices(app, run);
  kani::cli::AddPull(app, run);
  kani::cli::AddModels(app, run);
  kani::cli::AddCodec(app, run);
  kani::cli::AddTokenize(app, run);
  kani::cli::AddInspect(app, run);
  kani::cli::AddBench(app, run);
  kani::cli::AddServe(app, run);
  kani::cli::AddCompletion(app, run);
  app.set_version_flag("--version", std::string("kani ") + KANI_VERSION);
  app.require_subcommand(1);
  app.footer(kani::terminal::Footer("kani speak \"Any sentence.\" -o out.wav"));
  return kani::terminal::RunProgram(argc, argv, app, run);
}
