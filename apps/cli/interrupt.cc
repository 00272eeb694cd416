#include "interrupt.h"

#include <csignal>

#include "base/error.h"

namespace kani::cli {
namespace {

volatile std::sig_atomic_t interrupted = 0;

void Handle(int) { interrupted = 1; }

}  // namespace

void CatchInterrupts() {
  struct sigaction action {};
  action.sa_handler = &Handle;
  // Handled once, then the default again. A blocked read() or write() returns at once.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool Interrupted() { return interrupted != 0; }

void ThrowIfInterrupted() {
  if (Interrupted()) Fail(ErrorCode::kCancelled, "interrupted");
}

}  // namespace kani::cli
