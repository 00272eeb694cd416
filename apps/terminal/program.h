// What main() of every program does: parses the command line, runs one subcommand, and turns every
// failure into one line on stderr and an exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace kani::terminal {

/// A subcommand's work. Its return value is the exit code.
using Action = std::function<int()>;

/// The exit codes, as the end of --help; `example` is one line a user can type.
std::string Footer(std::string_view example);

/// @param app with subcommands that set `run` when they are parsed
int RunProgram(int argc, char** argv, CLI::App& app, const Action& run);

}  // namespace kani::terminal
