// The subcommands of kani-train; see apps/cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::cli {

void AddTrainTokenizer(CLI::App& app, Action& run);
void AddTrainData(CLI::App& app, Action& run);
/// Those of `data` that make shards.
void AddImport(CLI::App& data, Action& run);
void AddEncode(CLI::App& data, Action& run);
void AddTrainModel(CLI::App& app, Action& run);
void AddTrainLanguageModel(CLI::App& app, Action& run);
void AddTrainEvaluate(CLI::App& app, Action& run);
void AddTrainRecite(CLI::App& app, Action& run);
void AddTrainPlot(CLI::App& app, Action& run);

}  // namespace kani::cli
