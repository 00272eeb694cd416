// The program kani-dev: what who works on kani needs and who speaks does not. It is not installed.
#include <CLI/CLI.hpp>

#include "apps/dev/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Checks of kani against the official code, and models to measure.", "kani-dev");
  kani::cli::Action run;
  kani::cli::AddVerify(app, run);
  kani::cli::AddMakeModel(app, run);
  app.require_subcommand(1);
  app.footer(kani::cli::Footer("kani-dev verify tests/golden"));
  return kani::cli::RunProgram(argc, argv, app, run);
}
