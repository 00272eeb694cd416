#include "train/launch/topology.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "train/launch/slurm.h"

namespace kani::train {

namespace {

constexpr int64_t kMaxProcesses = 10'000;  // of machines and on each: their product is an int
constexpr uint16_t kDefaultPort = 29500;   // torch's

/// One launcher's variables. An empty one counts as not set.
class Variables {
 public:
  Variables(const Environment& environment, std::string launcher)
      : environment_(environment), launcher_(std::move(launcher)) {}

  const std::string& launcher() const { return launcher_; }
  bool Has(const char* name) const { return Find(name).has_value(); }
  std::string Text(const char* name, const char* expected) const {
    const std::optional<std::string> text = Find(name);
    if (!text) {
      Fail(ErrorCode::kInvalidArgument, name, " is not set, expected ", expected, " from ",
           launcher_);
    }
    return *text;
  }
  /// @param why the end of the message, for a border that another variable sets
  int64_t Number(const char* name, int64_t low, int64_t high, const std::string& why = "") const {
    const std::string text = Text(name, "a number");
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
      Fail(ErrorCode::kInvalidArgument, name, ": expected a number in [", low, ", ", high, "]", why,
           ", found ", Quoted(text), " (started by ", launcher_, ")");
    }
    return value;
  }
  int Size(const char* name) const { return static_cast<int>(Number(name, 1, kMaxProcesses)); }
  /// A rank, below the value of `size_name`.
  int Rank(const char* name, const char* size_name, int size) const {
    return static_cast<int>(Number(name, 0, size - 1, StrCat(" as ", size_name, " is ", size)));
  }

 private:
  std::optional<std::string> Find(const char* name) const {
    const char* value = environment_(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  }

  const Environment& environment_;
  std::string launcher_;
};

void ReadAddress(const Variables& variables, const char* address, const char* port,
                 Topology& topology) {
  topology.address = variables.Text(address, "the host of rank 0");
  topology.port = static_cast<uint16_t>(variables.Number(port, 1, 65535));
}

/// For a launcher that starts one process on each machine: `local` ranks there are this program's
/// own business. On one machine a free port is as good as any.
/// @param meeting its address and port are taken if there are more machines
Topology OfMachine(int node_rank, int nodes, int local, const Topology& meeting) {
  Topology topology;
  topology.launcher = meeting.launcher;
  topology.rank = node_rank * local;
  topology.world_size = nodes * local;
  topology.local_world_size = local;
  topology.starts_ranks = local > 1;
  if (nodes > 1) {
    topology.address = meeting.address;
    topology.port = meeting.port;
  }
  return topology;
}

[[noreturn]] void Contradiction(int nproc, const std::string& launcher, const char* name,
                                int found) {
  Fail(ErrorCode::kInvalidArgument, "--nproc ", nproc, " contradicts ", name, " ", found, " from ",
       launcher, ": give one of them, or the same number");
}

struct RankNames {
  const char *rank, *world_size, *local_rank, *local_world_size;
};

/// @param local_world_size read already if it is not 0
Topology ReadRanks(const Variables& variables, const RankNames& names, int local_world_size = 0) {
  Topology topology;
  topology.launcher = variables.launcher();
  topology.world_size = variables.Size(names.world_size);
  topology.rank = variables.Rank(names.rank, names.world_size, topology.world_size);
  topology.local_world_size =
      local_world_size > 0 ? local_world_size : variables.Size(names.local_world_size);
  if (topology.local_world_size > topology.world_size) {
    Fail(ErrorCode::kInvalidArgument, names.local_world_size, " says ", topology.local_world_size,
         ", expected at most ", names.world_size, ", which is ", topology.world_size);
  }
  topology.local_rank =
      variables.Rank(names.local_rank, names.local_world_size, topology.local_world_size);
  return topology;
}

Topology FromTorchrun(int nproc, const Environment& environment) {
  const Variables variables(environment, "torchrun");
  Topology topology =
      ReadRanks(variables, {"RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"});
  // The same number is what this program's own children see: they have its command line.
  if (nproc > 0 && nproc != topology.local_world_size) {
    Contradiction(nproc, topology.launcher, "LOCAL_WORLD_SIZE", topology.local_world_size);
  }
  ReadAddress(variables, "MASTER_ADDR", "MASTER_PORT", topology);
  if (variables.Has("TORCHELASTIC_USE_AGENT_STORE")) {
    topology.agent_listens =
        variables.Text("TORCHELASTIC_USE_AGENT_STORE", "True or False") == "True";
  }
  if (variables.Has("TORCHELASTIC_RESTART_COUNT")) {
    topology.restarts =
        static_cast<int>(variables.Number("TORCHELASTIC_RESTART_COUNT", 0, 1'000'000));
  }
  return topology;
}

/// A number, or a word such as "gpu" that leaves the number to the flag.
int ProcessesOfPet(int nproc, const Variables& variables) {
  constexpr const char* kName = "PET_NPROC_PER_NODE";
  if (!variables.Has(kName)) return nproc > 0 ? nproc : 1;
  const std::string text = variables.Text(kName, "a number");
  if (text == "auto" || text == "cpu" || text == "gpu") {
    if (nproc > 0) return nproc;
    Fail(ErrorCode::kInvalidArgument, kName, " is ", text, ": expected a number, or --nproc");
  }
  const int found = variables.Size(kName);
  if (nproc > 0 && nproc != found) Contradiction(nproc, variables.launcher(), kName, found);
  return found;
}

Topology FromPet(int nproc, const Environment& environment) {
  const Variables variables(environment, "PET variables");
  Topology meeting;
  meeting.launcher = variables.launcher();
  const int nodes = variables.Size("PET_NNODES");
  if (nodes > 1) ReadAddress(variables, "PET_MASTER_ADDR", "PET_MASTER_PORT", meeting);
  const bool alone = nodes == 1 && !variables.Has("PET_NODE_RANK");
  const int node_rank = alone ? 0 : variables.Rank("PET_NODE_RANK", "PET_NNODES", nodes);
  return OfMachine(node_rank, nodes, ProcessesOfPet(nproc, variables), meeting);
}

Topology FromKubeflow(int nproc, const Environment& environment) {
  const Variables variables(environment, "RANK and WORLD_SIZE of machines (no LOCAL_RANK)");
  Topology meeting;
  meeting.launcher = variables.launcher();
  const int nodes = variables.Size("WORLD_SIZE");
  const int node_rank = variables.Rank("RANK", "WORLD_SIZE", nodes);
  if (nodes > 1) ReadAddress(variables, "MASTER_ADDR", "MASTER_PORT", meeting);
  return OfMachine(node_rank, nodes, nproc > 0 ? nproc : 1, meeting);
}

/// With one process on each machine the flag says how many ranks that process starts.
Topology WithFlag(int nproc, Topology topology, const char* local_world_size) {
  if (nproc == 0 || nproc == topology.local_world_size) return topology;
  if (topology.local_world_size > 1) {
    Contradiction(nproc, topology.launcher, local_world_size, topology.local_world_size);
  }
  return OfMachine(topology.rank, topology.world_size, nproc, topology);
}

Topology FromOpenMpi(int nproc, const Environment& environment) {
  const Variables variables(environment, "Open MPI");
  constexpr RankNames kNames = {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE",
                                "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"};
  Topology topology = ReadRanks(variables, kNames);
  topology.port = kDefaultPort;
  // It does not say where rank 0 runs; the user can: mpirun -x MASTER_ADDR=... -x MASTER_PORT=...
  const bool one_machine = topology.local_world_size == topology.world_size;
  if (!one_machine || variables.Has("MASTER_ADDR") || variables.Has("MASTER_PORT")) {
    ReadAddress(variables, "MASTER_ADDR", "MASTER_PORT", topology);
  }
  return WithFlag(nproc, topology, kNames.local_world_size);
}

/// Of a job's step, so that steps and jobs on one machine do not meet each other; below the ports
/// that Linux gives out by itself.
uint16_t SlurmPort(const Variables& variables) {
  const int64_t job = variables.Number("SLURM_JOB_ID", 0, int64_t{1} << 40);
  const int64_t step = variables.Number("SLURM_STEP_ID", 0, int64_t{1} << 40);
  return static_cast<uint16_t>(15'000 + (16 * job + step) % 15'000);
}

Topology FromSlurm(int nproc, const Environment& environment) {
  const Variables variables(environment, "Slurm's srun");
  constexpr const char* kTasks = "SLURM_STEP_TASKS_PER_NODE";
  const auto node = static_cast<int>(variables.Number("SLURM_NODEID", 0, kMaxProcesses));
  Topology topology =
      ReadRanks(variables, {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", kTasks},
                TasksOnNode(variables.Text(kTasks, "a list of numbers"), node));
  // A step may have fewer machines than its job.
  const char* nodes =
      variables.Has("SLURM_STEP_NODELIST") ? "SLURM_STEP_NODELIST" : "SLURM_JOB_NODELIST";
  if (variables.Has("MASTER_ADDR")) {
    topology.address = variables.Text("MASTER_ADDR", "the host of rank 0");
  } else if (topology.local_world_size < topology.world_size) {
    topology.address = FirstHost(variables.Text(nodes, "the hosts"));
  }
  topology.port = variables.Has("MASTER_PORT")
                      ? static_cast<uint16_t>(variables.Number("MASTER_PORT", 1, 65535))
                      : SlurmPort(variables);
  return WithFlag(nproc, topology, kTasks);
}

/// A batch script runs once, whatever the number of tasks: forgotten srun.
void RefuseBatchScript(const Environment& environment) {
  const Variables variables(environment, "Slurm's sbatch");
  if (variables.Has("SLURM_JOB_ID") && variables.Has("SLURM_NTASKS")) {
    if (const int tasks = variables.Size("SLURM_NTASKS"); tasks > 1) {
      Fail(ErrorCode::kInvalidArgument, "SLURM_NTASKS is ", tasks,
           " but SLURM_STEP_ID is not set: expected to be started by srun, or --nproc");
    }
  }
}

}  // namespace

Topology ResolveTopology(int nproc, const Environment& environment) {
  if (nproc < 0 || nproc > kMaxProcesses) {
    Fail(ErrorCode::kInvalidArgument, "--nproc: expected a number in [1, ", kMaxProcesses,
         "], found ", nproc);
  }
  const Variables any(environment, "");
  if (any.Has("LOCAL_RANK")) return FromTorchrun(nproc, environment);
  if (any.Has("PET_NNODES")) return FromPet(nproc, environment);
  if (any.Has("RANK") || any.Has("WORLD_SIZE")) return FromKubeflow(nproc, environment);
  if (any.Has("OMPI_COMM_WORLD_RANK")) return FromOpenMpi(nproc, environment);
  if (any.Has("SLURM_STEP_ID")) return FromSlurm(nproc, environment);
  if (nproc == 0) RefuseBatchScript(environment);
  Topology alone;
  if (nproc > 0) alone.launcher = "--nproc";
  return OfMachine(0, 1, nproc > 0 ? nproc : 1, alone);
}

std::vector<std::string> RankVariables(const Topology& plan, int local_rank) {
  return {
      StrCat("RANK=", plan.rank + local_rank), StrCat("WORLD_SIZE=", plan.world_size),
      StrCat("LOCAL_RANK=", local_rank),       StrCat("LOCAL_WORLD_SIZE=", plan.local_world_size),
      StrCat("MASTER_ADDR=", plan.address),    StrCat("MASTER_PORT=", plan.port)};
}

std::string Describe(const Topology& topology) {
  const auto& t = topology;
  if (t.world_size == 1) return "one process";
  std::string text = t.starts_ranks
                         ? StrCat("starts ranks ", t.rank, " to ", t.rank + t.local_world_size - 1,
                                  " of ", t.world_size)
                         : StrCat("rank ", t.rank, " of ", t.world_size, ", ", t.local_rank, " of ",
                                  t.local_world_size, " on this machine");
  if (t.port != 0) text += StrCat(", meeting at ", t.address, ":", t.port);
  return StrCat(text, " (", t.launcher, ")");
}

}  // namespace kani::train
