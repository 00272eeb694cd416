// The subcommands of kani-dev; see apps/cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::cli {

void AddVerify(CLI::App& app, Action& run);
void AddMakeModel(CLI::App& app, Action& run);

}  // namespace kani::cli
