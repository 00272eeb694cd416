// What every subcommand that trains does around its run: processes, device, threads, and what is
// said meanwhile.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "base/log.h"
#include "train/distributed/process_group.h"
#include "train/run/run.h"

namespace kani::train {

struct RunTogetherOptions {
  std::string run;  ///< folder
  std::string compute = "bf16", device = "cpu";
  int threads = 0, processes = 0;
};
/// What `compute` means there.
at::ScalarType ComputeType(const RunTogetherOptions& options, at::Device device);

/// --run, --device, --compute, --nproc, --threads.
void AddRunTogether(CLI::App& command, RunTogetherOptions& options);
/// --save-every, --keep, --keep-every, --evaluate-every.
void AddCheckpointOptions(CLI::App& command, RunOptions& options);

/// Trains in this process, or starts those that shall train.
/// @param train RunTask of some task; returns false when it was stopped
/// @return the exit code
using TrainInProcess = std::function<bool(ProcessGroup& group, at::Device device,
                                          const RunObserver& observe, const WarningSink& warn)>;
int RunTogether(const RunTogetherOptions& options, const TrainInProcess& train);

}  // namespace kani::train
