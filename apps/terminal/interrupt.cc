#include "apps/terminal/interrupt.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string_view>

#include "apps/terminal/exit_codes.h"
#include "apps/terminal/program_name.h"
#include "base/error.h"

namespace kani::terminal {
namespace {

std::atomic<bool> interrupted = false;
std::atomic<int> outputs_in_progress = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

/// Calls only what a signal handler may.
void Handle(int) {
  interrupted = true;
  if (outputs_in_progress > 0) return;
  for (const std::string_view text : {ProgramName(), std::string_view(": error: interrupted\n")}) {
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  }
  ::_exit(kExitCancelled);
}

}  // namespace

void CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = &Handle;
  // Handled once, then the default again. A blocked read() or write() returns at once.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // Whoever sends this one may do so twice and means the same.
  action.sa_flags = 0;
  sigaction(SIGUSR1, &action, nullptr);
}

bool Interrupted() { return interrupted; }

void ThrowIfInterrupted() {
  if (Interrupted()) Fail(ErrorCode::kCancelled, "interrupted");
}

OutputInProgress::OutputInProgress() { ++outputs_in_progress; }
OutputInProgress::~OutputInProgress() { --outputs_in_progress; }

}  // namespace kani::terminal
