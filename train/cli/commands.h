// The subcommands of kani-train; see apps/cli/commands.h.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::train {

void AddTrainTokenizer(CLI::App& app, terminal::Action& run);
void AddTrainData(CLI::App& app, terminal::Action& run);
/// Those of `data` that make shards.
void AddImport(CLI::App& data, terminal::Action& run);
void AddEncode(CLI::App& data, terminal::Action& run);
void AddTrainModel(CLI::App& app, terminal::Action& run);
void AddTrainLanguageModel(CLI::App& app, terminal::Action& run);
void AddTrainCodec(CLI::App& app, terminal::Action& run);
void AddTrainEvaluate(CLI::App& app, terminal::Action& run);
void AddTrainRecite(CLI::App& app, terminal::Action& run);
void AddTrainPlot(CLI::App& app, terminal::Action& run);

}  // namespace kani::train
