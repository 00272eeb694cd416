// In place of data_encode.cc where recordings cannot be read: there is no such subcommand.
#include "train/cli/commands.h"

namespace kani::cli {

void AddEncode(CLI::App&, Action&) {}

}  // namespace kani::cli
