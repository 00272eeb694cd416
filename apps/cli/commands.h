// The subcommands. Each function adds one to `app`; when the user asks for it, parsing sets `run`
// to the function that does the work and returns the exit code.
#pragma once

#include <CLI/CLI.hpp>

#include "apps/terminal/program.h"

namespace kani::cli {

void AddSpeak(CLI::App& app, terminal::Action& run);
void AddClone(CLI::App& app, terminal::Action& run);
void AddVoices(CLI::App& app, terminal::Action& run);
void AddCodec(CLI::App& app, terminal::Action& run);
void AddTokenize(CLI::App& app, terminal::Action& run);
void AddInspect(CLI::App& app, terminal::Action& run);
void AddBench(CLI::App& app, terminal::Action& run);
void AddPull(CLI::App& app, terminal::Action& run);
void AddModels(CLI::App& app, terminal::Action& run);
void AddServe(CLI::App& app, terminal::Action& run);
void AddCompletion(CLI::App& app, terminal::Action& run);

}  // namespace kani::cli
