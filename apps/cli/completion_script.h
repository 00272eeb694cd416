// Shell completion scripts, generated from the program's own options.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace kani::cli {

/// @param shell "bash", "zsh" or "fish".
std::string CompletionScript(const CLI::App& app, std::string_view shell);

}  // namespace kani::cli
