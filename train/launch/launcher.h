// Starts the ranks of this machine as copies of one program, and ends them together.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "train/launch/topology.h"

namespace kani::train {

/// A rank that did not end with 0.
struct FailedRank {
  int rank = 0;
  int exit_code = 0;       ///< 128 + n for signal n, 127 for a program that could not be started
  std::string last_words;  ///< the end of its stderr, unless that went to the terminal
};

struct LaunchResult {
  int exit_code = 0;  ///< of the first rank that failed; 0 if none did
  /// In the order in which they were noticed: the later ones mostly failed because of the first.
  std::vector<FailedRank> failures;
};

/// This program and its arguments as they were given. Throws kIo.
std::vector<std::string> OwnCommand();

/// Runs `plan.local_world_size` copies of `command` with the variables of their ranks, and returns
/// when all have ended. The first prints where this process prints; the others' stdout is dropped
/// and their stderr is kept in memory until they fail. None reads stdin.
/// SIGTERM, SIGINT and SIGUSR1 are passed on, each as often as it comes. When a rank fails and
/// nobody had asked to stop, the others get SIGTERM, and `grace` later SIGKILL with all that they
/// started. The ranks die with this process, however it ends.
/// Throws kIo where the system refuses to start a process. REQUIRES: this is the program's only
/// thread.
/// @param command program (a path) and arguments
/// @param environment as in execve(); the variables of the ranks are added or replaced
LaunchResult LaunchRanks(const std::vector<std::string>& command, const char* const* environment,
                         const Topology& plan,
                         std::chrono::milliseconds grace = std::chrono::seconds(30));

}  // namespace kani::train
