// The program kani-dev: what who works on kani needs and who speaks does not. It is not installed.
#include <CLI/CLI.hpp>

#include "apps/dev/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Checks of kani against the official code, and models to measure.", "kani-dev");
  kani::terminal::Action run;
  kani::dev::AddVerify(app, run);
  kani::dev::AddMakeModel(app, run);
  app.require_subcommand(1);
  app.footer(kani::terminal::Footer("kani-dev verify tests/golden"));
  return kani::terminal::RunProgram(argc, argv, app, run);
}
