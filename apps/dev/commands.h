// The subcommands of kani-dev; see apps/cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::dev {

void AddVerify(CLI::App& app, terminal::Action& run);
void AddMakeModel(CLI::App& app, terminal::Action& run);

}  // namespace kani::dev
