// In place of data_encode.cc and codec.cc where recordings cannot be read: there are no such
// subcommands.
#include "train/cli/commands.h"

namespace kani::train {

void AddEncode(CLI::App&, terminal::Action&) {}
void AddTrainCodec(CLI::App&, terminal::Action&) {}

}  // namespace kani::train
