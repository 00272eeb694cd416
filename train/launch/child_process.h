// Another program as a process of its own, which never outlives this one.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

namespace kani::train {

/// What becomes of a stream that a child writes.
enum class ChildOutput {
  kPrinted,  ///< where this process prints
  kKept,     ///< in memory, for whoever asks for it
  kDropped,
};

struct ChildSettings {
  std::vector<std::string> command;           ///< program, a path or a name on PATH; arguments
  const char* const* environment = nullptr;   ///< as in execve(); nullptr: this process's
  ChildOutput out = ChildOutput::kPrinted;    ///< stdout
  ChildOutput error = ChildOutput::kPrinted;  ///< stderr
  int niceness = 0;                           ///< added to this process's; 19: lets all others run
  sigset_t blocked = {};                      ///< signals that are blocked in it
};

/// In a group of its own: Ctrl-C in a terminal does not reach it, and what it has started can be
/// killed with it. It dies with the thread that made it. Reads nothing from stdin.
class ChildProcess {
 public:
  /// Throws kIo. A program that cannot be started ends with 127 and says so on its stderr.
  explicit ChildProcess(const ChildSettings& settings);
  /// Kills it if it still runs.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// Until it has ended and TryReap() has said so.
  bool running() const { return pid_ > 0; }
  /// REQUIRES: running().
  void Signal(int signal) const;
  void Kill() const;  ///< and all that it has started
  /// The exit code if it has ended, 128 + n for signal n; kills what it left running.
  std::optional<int> TryReap();

  /// The last lines, up to 8 KiB, of a stream that is kept.
  std::string Out() const;
  std::string ErrorOutput() const;

 private:
  [[noreturn]] void Become(char* const* argv, const ChildSettings& settings, pid_t parent) const;
  void CloseFiles() const;

  pid_t pid_ = -1;
  int out_ = -1, error_ = -1;  // files in memory
};

}  // namespace kani::train
