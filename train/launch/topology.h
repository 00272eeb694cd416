// Where this process stands among those that train together, as a flag and launchers say it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace kani::train {

/// The value of an environment variable or nullptr; std::getenv in a program.
using Environment = std::function<const char*(const char* name)>;

/// One process alone unless something else is said.
struct Topology {
  std::string launcher = "nobody";           ///< who says so, for messages
  int rank = 0, world_size = 1;              ///< among all processes
  int local_rank = 0, local_world_size = 1;  ///< among those of this machine
  /// Where rank 0 listens for the others; port 0: any that is free.
  std::string address = "127.0.0.1";
  uint16_t port = 0;
  /// This process is none of the ranks: it starts local_world_size of them, `rank` being the first.
  bool starts_ranks = false;
  /// torchrun's agent listens at the address instead of rank 0, through all restarts of the ranks.
  bool agent_listens = false;
  int restarts = 0;
};

/// Looks for torchrun, PET_* (torchrun's own options; Kubeflow Trainer v2), RANK and WORLD_SIZE of
/// machines (Kubeflow v1), Open MPI and Slurm, in this order: the innermost launcher counts.
/// Throws kInvalidArgument for variables that are missing, malformed or contradict each other or
/// the flag.
/// @param nproc the flag --nproc: processes on each machine; 0 where it is not given
Topology ResolveTopology(int nproc, const Environment& environment);

/// What rank `plan.rank + local_rank` reads as its own Topology: NAME=value, in torchrun's names.
/// REQUIRES: plan.starts_ranks and a port.
std::vector<std::string> RankVariables(const Topology& plan, int local_rank);

/// One line for the user: "rank 5 of 8, 1 of 4 on this machine, meeting at gpu03:29500 (torchrun)".
std::string Describe(const Topology& topology);

}  // namespace kani::train
