// Files that are not what they claim, beside a few good ones that reach the code behind them.
#pragma once

#include "tests/cli/program.h"

namespace kani::tests {

/// Writes every file and folder that the rows of hostile_arguments_test.cc name.
void WriteHostileFiles(const Sandbox& box);

}  // namespace kani::tests
