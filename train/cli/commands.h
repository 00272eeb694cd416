// The subcommands of kani-train; see apps/cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "program.h"

namespace kani::cli {

void AddTrainTokenizer(CLI::App& app, Action& run);
void AddTrainData(CLI::App& app, Action& run);
/// Those of `data` that make shards.
void AddImports(CLI::App& data, Action& run);
void AddTrainModel(CLI::App& app, Action& run);
/// @param command_line of this program, to start it several times
void AddTrainLanguageModel(CLI::App& app, Action& run, std::vector<std::string> command_line);
void AddTrainEvaluate(CLI::App& app, Action& run);
void AddTrainRecite(CLI::App& app, Action& run);
void AddTrainPlot(CLI::App& app, Action& run);

}  // namespace kani::cli
