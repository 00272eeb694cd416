// Ctrl-C, kill, and SIGUSR1, by which clusters announce the end of a job. As long as nothing is
// half written they end the process at once, whatever it is doing, with the exit code of an
// interrupted command; else the first asks the command to stop and clean up, the second Ctrl-C or
// kill ends the process.
#pragma once

namespace kani::terminal {

void CatchInterrupts();
/// Throws kCancelled once the user has asked to stop.
void ThrowIfInterrupted();
bool Interrupted();

/// Lives while an output is being written: before the file is opened until it is whole or removed.
/// Who holds one looks at Interrupted() at least every few seconds.
class OutputInProgress {
 public:
  OutputInProgress();
  ~OutputInProgress();
  OutputInProgress(const OutputInProgress&) = delete;
  OutputInProgress& operator=(const OutputInProgress&) = delete;
};

}  // namespace kani::terminal
