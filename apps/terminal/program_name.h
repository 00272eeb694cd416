// What the running program is called in its messages: "kani" or "kani-train".
#pragma once

#include <string>
#include <string_view>

namespace kani::terminal {

/// Called by RunProgram, before there are threads, signals or messages.
void SetProgramName(std::string name);
/// "kani" until it is set. A signal handler may call it.
std::string_view ProgramName();

}  // namespace kani::terminal
