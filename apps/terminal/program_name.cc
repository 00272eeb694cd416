#include "apps/terminal/program_name.h"

#include <utility>

namespace kani::terminal {
namespace {

std::string program_name = "kani";

}  // namespace

void SetProgramName(std::string name) { program_name = std::move(name); }

std::string_view ProgramName() { return program_name; }

}  // namespace kani::terminal
