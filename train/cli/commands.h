// The subcommands of kani-train; see apps/cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::train {

void AddTrainTokenizer(CLI::App& app, cli::Action& run);
void AddTrainData(CLI::App& app, cli::Action& run);
/// Those of `data` that make shards.
void AddImport(CLI::App& data, cli::Action& run);
void AddEncode(CLI::App& data, cli::Action& run);
void AddTrainModel(CLI::App& app, cli::Action& run);
void AddTrainLanguageModel(CLI::App& app, cli::Action& run);
void AddTrainEvaluate(CLI::App& app, cli::Action& run);
void AddTrainRecite(CLI::App& app, cli::Action& run);
void AddTrainPlot(CLI::App& app, cli::Action& run);

}  // namespace kani::train
