#include "train/cli/run_together.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "apps/terminal/console.h"
#include "apps/terminal/exit_codes.h"
#include "apps/terminal/interrupt.h"
#include "base/error.h"
#include "train/launch/launcher.h"
#include "train/launch/topology.h"
#include "train/nn/compute_type.h"
#include "train/nn/device.h"
#include "train/nn/threads.h"

extern char** environ;

namespace kani::train {
namespace {

std::string ProgressText(const RunProgress& progress) {
  return StrCat("step ", progress.step, " of ", progress.steps, "  loss ", progress.update.loss,
                "  ", progress.speed);
}

/// Starts the processes of this machine and reports those that failed.
int StartProcesses(const Topology& plan) {
  const terminal::OutputInProgress writing;
  const LaunchResult result = LaunchRanks(OwnCommand(), environ, plan);
  for (const FailedRank& failed : result.failures) {
    if (failed.exit_code == terminal::kExitCancelled) continue;  // as it was asked to
    terminal::PrintError(StrCat("process ", failed.rank, " ended with ", failed.exit_code,
                                failed.last_words.empty() ? "" : ": ", failed.last_words));
  }
  return result.exit_code;
}

int Train(const RunTogetherOptions& options, const Topology& topology,
          const TrainInProcess& train) {
  const bool one_gpu_each = options.device == "cuda" && topology.world_size > 1;
  const at::Device device =
      OpenDevice(one_gpu_each ? StrCat("cuda:", topology.local_rank) : options.device);
  const int share = at::get_num_threads() / topology.local_world_size;
  UseThreads(options.threads > 0 ? options.threads : std::max(1, share));

  ProcessGroup alone;
  std::unique_ptr<ProcessGroup> several;
  if (topology.world_size > 1) {
    terminal::PrintNote(Describe(topology));
    several = std::make_unique<ProcessGroup>(topology, device);
  }
  const terminal::OutputInProgress writing;
  terminal::ProgressLine line;
  const bool speaks = topology.rank == 0;
  const auto observe = [&](const RunProgress& progress) {
    if (!speaks) return;
    if (progress.evaluation && !progress.evaluation->note.empty()) {
      line.Clear();
      terminal::PrintNote(StrCat("step ", progress.step, ": loss ", progress.update.loss, ", ",
                                 progress.evaluation->note));
    }
    line.Show(ProgressText(progress));
  };
  const bool finished = train(several ? *several : alone, device, observe,
                              speaks ? terminal::PrintWarnings() : WarningSink());
  line.Clear();
  if (speaks) {
    terminal::PrintNote(finished ? StrCat("done: ", Quoted(options.run + "/latest"))
                                 : std::string("stopped; the same command goes on from here"));
  }
  return finished ? terminal::kExitOk : terminal::kExitCancelled;
}

}  // namespace

at::ScalarType ComputeType(const RunTogetherOptions& options, at::Device device) {
  if (options.compute == "auto") return FastestComputeType(device);
  return options.compute == "fp32" ? at::kFloat : at::kBFloat16;
}

void AddRunTogether(CLI::App& command, RunTogetherOptions& options) {
  command.add_option("--run", options.run, "Folder of checkpoints and metrics")->required();
  command.add_option("--device", options.device, "cpu, cuda or cuda:N")->capture_default_str();
  command
      .add_option("--compute", options.compute,
                  "Type of the matrix products; auto: bf16 where the device has it")
      ->check(CLI::IsMember({"auto", "bf16", "fp32"}))
      ->capture_default_str();
  command.add_option("--nproc", options.processes,
                     "Processes on this machine (torchrun, Slurm and mpirun are understood too)");
  command
      .add_option("--threads", options.threads,
                  "Processor threads of a process; 0: its share of all")
      ->capture_default_str();
}

void AddCheckpointOptions(CLI::App& command, RunOptions& options) {
  const auto number = [&](const char* name, auto& value, const char* help) {
    command.add_option(name, value, help)->capture_default_str();
  };
  number("--save-every", options.save_every, "Updates between checkpoints");
  number("--keep", options.retention.newest, "Newest checkpoints kept");
  number("--keep-every", options.retention.every,
         "Steps whose multiples are kept for good; 0: none");
  number("--evaluate-every", options.evaluate_every, "Updates between looks at held-out clips");
}

int RunTogether(const RunTogetherOptions& options, const TrainInProcess& train) {
  const Topology topology = ResolveTopology(options.processes, &std::getenv);
  return topology.starts_ranks ? StartProcesses(topology) : Train(options, topology, train);
}

}  // namespace kani::train
