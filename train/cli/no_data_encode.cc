// In place of data_encode.cc where recordings cannot be read: there is no such subcommand.
#include "train/cli/commands.h"

namespace kani::train {

void AddEncode(CLI::App&, terminal::Action&) {}

}  // namespace kani::train
