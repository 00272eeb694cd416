// One rank of this machine as a process.
#pragma once

#include <sys/types.h>

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "train/launch/topology.h"

namespace kani::train {

/// In a group of its own: Ctrl-C in a terminal reaches the launcher alone, which passes it on once,
/// and what the rank has started can be killed with it. It dies with the thread that made it.
class Child {
 public:
  /// Starts rank `plan.rank + local_rank`. Throws kIo.
  /// @param command, environment see LaunchRanks()
  /// @param blocked signals that are blocked in it
  Child(const std::vector<std::string>& command, const char* const* environment,
        const Topology& plan, int local_rank, const sigset_t& blocked);
  /// Kills it if it still runs.
  ~Child();
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;

  int rank() const { return rank_; }
  /// Until it has ended and TryReap() has said so.
  bool running() const { return pid_ > 0; }
  /// REQUIRE: running().
  void Signal(int signal) const;
  void Kill() const;  ///< and all that it has started
  /// The exit code if it has ended, 128 + n for signal n; kills what it left running.
  std::optional<int> TryReap();

  /// The end of its stderr; that of the machine's first rank is the launcher's own and not kept.
  std::string LastWords() const;

 private:
  [[noreturn]] void Become(char* const* argv, char* const* envp, pid_t parent,
                           const sigset_t& blocked) const;

  const int rank_;
  pid_t pid_ = -1;
  int stderr_ = -1;  // a file in memory
};

}  // namespace kani::train
