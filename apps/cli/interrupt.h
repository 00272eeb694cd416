// Ctrl-C and kill: the first asks the running command to stop and clean up, the second ends the
// process.
#pragma once

namespace kani::cli {

void CatchInterrupts();
bool Interrupted();
/// Throws kCancelled once the user has asked to stop.
void ThrowIfInterrupted();

}  // namespace kani::cli
