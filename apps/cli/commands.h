// The subcommands. Each function adds one to `app`; when the user asks for it, parsing sets `run`
// to the function that does the work and returns the exit code.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::cli {

void AddSpeak(CLI::App& app, Action& run);
void AddClone(CLI::App& app, Action& run);
void AddVoices(CLI::App& app, Action& run);
void AddCodec(CLI::App& app, Action& run);
void AddTokenize(CLI::App& app, Action& run);
void AddInspect(CLI::App& app, Action& run);
void AddBench(CLI::App& app, Action& run);
void AddPull(CLI::App& app, Action& run);
void AddModels(CLI::App& app, Action& run);
void AddCompletion(CLI::App& app, Action& run);

}  // namespace kani::cli
