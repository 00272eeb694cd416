#include "train/launch/topology.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/error.h"
#include "base/testing.h"
#include "train/launch/slurm.h"

namespace kani::train {
namespace {

using Values = std::map<std::string, std::string>;
using ::testing::IsSubstring;

Topology Resolve(const Values& values, int nproc = 0) {
  return ResolveTopology(nproc, [&](const char* name) -> const char* {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : found->second.c_str();
  });
}

std::string Problem(const Values& values, int nproc = 0) {
  return Failure([&] { Resolve(values, nproc); });
}

Values With(Values values, const Values& more) {
  for (const auto& [name, value] : more) values[name] = value;
  return values;
}

const Values kTorchrun = {{"RANK", "5"},           {"WORLD_SIZE", "8"},
                          {"LOCAL_RANK", "1"},     {"LOCAL_WORLD_SIZE", "4"},
                          {"MASTER_ADDR", "gpu1"}, {"MASTER_PORT", "29500"}};
const Values kPet = {{"PET_NNODES", "2"},
                     {"PET_NODE_RANK", "1"},
                     {"PET_NPROC_PER_NODE", "4"},
                     {"PET_MASTER_ADDR", "trainer-0"},
                     {"PET_MASTER_PORT", "29400"}};
const Values kKubeflow = {
    {"RANK", "2"}, {"WORLD_SIZE", "3"}, {"MASTER_ADDR", "job-master-0"}, {"MASTER_PORT", "23456"}};
const Values kOpenMpi = {{"OMPI_COMM_WORLD_RANK", "1"},
                         {"OMPI_COMM_WORLD_SIZE", "2"},
                         {"OMPI_COMM_WORLD_LOCAL_RANK", "1"},
                         {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"}};
const Values kSlurm = {{"SLURM_PROCID", "9"},
                       {"SLURM_NTASKS", "11"},
                       {"SLURM_LOCALID", "1"},
                       {"SLURM_NODEID", "2"},
                       {"SLURM_STEP_TASKS_PER_NODE", "4(x2),3"},
                       {"SLURM_STEP_NODELIST", "gpu[07-08,11]"},
                       {"SLURM_JOB_NODELIST", "gpu[06-08,11]"},
                       {"SLURM_JOB_ID", "1234"},
                       {"SLURM_STEP_ID", "0"}};

TEST(TopologyTest, IsOneProcessWhereNothingIsSaid) {
  const Topology alone = Resolve({});
  EXPECT_EQ(alone.world_size, 1);
  EXPECT_FALSE(alone.starts_ranks);
  EXPECT_EQ(Describe(alone), "one process");
  EXPECT_EQ(Describe(Resolve({}, 1)), "one process");
  EXPECT_EQ(Describe(Resolve({{"RANK", ""}, {"LOCAL_RANK", ""}})), "one process");
}

TEST(TopologyTest, StartsAsManyRanksAsTheFlagSays) {
  const Topology plan = Resolve({}, 4);
  EXPECT_TRUE(plan.starts_ranks);
  EXPECT_EQ(plan.port, 0);
  EXPECT_EQ(Describe(plan), "starts ranks 0 to 3 of 4 (--nproc)");
  EXPECT_PRED_FORMAT2(IsSubstring, "--nproc: expected a number in [1, 10000], found -1",
                      Problem({}, -1));
}

TEST(TopologyTest, IsWhatTorchrunSays) {
  const Topology topology = Resolve(kTorchrun);
  EXPECT_EQ(Describe(topology),
            "rank 5 of 8, 1 of 4 on this machine, meeting at gpu1:29500 (torchrun)");
  EXPECT_FALSE(topology.starts_ranks);
  EXPECT_FALSE(topology.agent_listens);
  const Topology restarted = Resolve(With(
      kTorchrun, {{"TORCHELASTIC_USE_AGENT_STORE", "True"}, {"TORCHELASTIC_RESTART_COUNT", "2"}}));
  EXPECT_TRUE(restarted.agent_listens);
  EXPECT_EQ(restarted.restarts, 2);
}

TEST(TopologyTest, NamesEveryMissingVariable) {
  for (const auto& [missing, value] : kTorchrun) {
    if (missing == "LOCAL_RANK") continue;  // without it, they count machines
    Values values = kTorchrun;
    values.erase(missing);
    EXPECT_PRED_FORMAT2(IsSubstring, missing + " is not set, expected ", Problem(values))
        << missing;
  }
}

TEST(TopologyTest, RefusesNumbersOutOfRange) {
  EXPECT_EQ(Problem(With(kTorchrun, {{"RANK", "8"}})),
            "invalid_argument: RANK: expected a number in [0, 7] as WORLD_SIZE is 8, found '8' "
            "(started by torchrun)");
  EXPECT_PRED_FORMAT2(IsSubstring,
                      "LOCAL_RANK: expected a number in [0, 3] as LOCAL_WORLD_SIZE is 4",
                      Problem(With(kTorchrun, {{"LOCAL_RANK", "4"}})));
  EXPECT_EQ(Problem(With(kTorchrun, {{"LOCAL_WORLD_SIZE", "9"}})),
            "invalid_argument: LOCAL_WORLD_SIZE says 9, expected at most WORLD_SIZE, which is 8");
  for (const char* port : {"0", "65536", "29500x", "-1", " 1", "99999999999999999999"}) {
    EXPECT_PRED_FORMAT2(IsSubstring, "MASTER_PORT: expected a number in [1, 65535], found ",
                        Problem(With(kTorchrun, {{"MASTER_PORT", port}})))
        << port;
  }
}

TEST(TopologyTest, GivesStartedRanksWhatTheyRead) {
  Topology plan = Resolve(With(kPet, {{"RANK", "1"}, {"WORLD_SIZE", "2"}}));
  ASSERT_TRUE(plan.starts_ranks);
  for (int i = 0; i < plan.local_world_size; ++i) {
    Values values = kPet;
    for (const std::string& variable : RankVariables(plan, i)) {
      const size_t equals = variable.find('=');
      values[variable.substr(0, equals)] = variable.substr(equals + 1);
    }
    // They have the launcher's command line too.
    const Topology rank = Resolve(values, plan.local_world_size);
    EXPECT_EQ(rank.rank, 4 + i);
    EXPECT_EQ(rank.world_size, 8);
    EXPECT_EQ(rank.local_rank, i);
    EXPECT_EQ(rank.address, "trainer-0");
    EXPECT_EQ(rank.port, 29400);
    EXPECT_FALSE(rank.starts_ranks);
  }
}

TEST(TopologyTest, RefusesAFlagThatContradictsTheLauncher) {
  EXPECT_EQ(Problem(kTorchrun, 2),
            "invalid_argument: --nproc 2 contradicts LOCAL_WORLD_SIZE 4 from torchrun: give one of "
            "them, or the same "
            "number");
  EXPECT_PRED_FORMAT2(IsSubstring, "--nproc 2 contradicts PET_NPROC_PER_NODE 4", Problem(kPet, 2));
  EXPECT_PRED_FORMAT2(IsSubstring, "--nproc 4 contradicts OMPI_COMM_WORLD_LOCAL_SIZE 2",
                      Problem(kOpenMpi, 4));
  EXPECT_PRED_FORMAT2(IsSubstring, "--nproc 2 contradicts SLURM_STEP_TASKS_PER_NODE 3",
                      Problem(kSlurm, 2));
}

TEST(TopologyTest, StartsTheRanksOfAPodForPet) {
  EXPECT_EQ(Describe(Resolve(kPet)),
            "starts ranks 4 to 7 of 8, meeting at trainer-0:29400 (PET variables)");
  const Values automatic = With(kPet, {{"PET_NPROC_PER_NODE", "auto"}});
  EXPECT_EQ(Resolve(automatic, 2).rank, 2);
  EXPECT_EQ(Problem(automatic),
            "invalid_argument: PET_NPROC_PER_NODE is auto: expected a number, or --nproc");
  EXPECT_EQ(Resolve({{"PET_NNODES", "1"}}, 2).local_world_size, 2);
  EXPECT_EQ(Problem(With(kPet, {{"PET_NNODES", "1:4"}})),
            "invalid_argument: PET_NNODES: expected a number in [1, 10000], found '1:4' (started "
            "by PET variables)");
  EXPECT_PRED_FORMAT2(IsSubstring, "as PET_NNODES is 2",
                      Problem(With(kPet, {{"PET_NODE_RANK", "2"}})));
}

TEST(TopologyTest, CountsPodsForKubeflow) {
  const Topology one = Resolve(kKubeflow);
  EXPECT_EQ(one.rank, 2);
  EXPECT_EQ(one.world_size, 3);
  EXPECT_EQ(one.local_world_size, 1);
  EXPECT_EQ(one.address, "job-master-0");
  EXPECT_FALSE(one.starts_ranks);
  const Topology eight = Resolve(kKubeflow, 8);
  EXPECT_TRUE(eight.starts_ranks);
  EXPECT_EQ(eight.rank, 16);
  EXPECT_EQ(eight.world_size, 24);
  EXPECT_PRED_FORMAT2(IsSubstring, "WORLD_SIZE is not set", Problem({{"RANK", "0"}}));
}

TEST(TopologyTest, ReadsOpenMpi) {
  const Topology here = Resolve(kOpenMpi);
  EXPECT_EQ(Describe(here),
            "rank 1 of 2, 1 of 2 on this machine, meeting at 127.0.0.1:29500 (Open MPI)");
  const Values two_machines = With(kOpenMpi, {{"OMPI_COMM_WORLD_SIZE", "4"}});
  EXPECT_EQ(Problem(two_machines),
            "invalid_argument: MASTER_ADDR is not set, expected the host of rank 0 from Open MPI");
  EXPECT_EQ(Resolve(With(two_machines, {{"MASTER_ADDR", "a"}, {"MASTER_PORT", "7"}})).port, 7);
}

TEST(TopologyTest, ReadsSlurm) {
  const Topology topology = Resolve(kSlurm);
  EXPECT_EQ(Describe(topology),
            "rank 9 of 11, 1 of 3 on this machine, meeting at gpu07:19744 (Slurm's srun)");
  EXPECT_NE(Resolve(With(kSlurm, {{"SLURM_STEP_ID", "1"}})).port, topology.port);
  const Topology named =
      Resolve(With(kSlurm, {{"MASTER_ADDR", "10.0.0.1"}, {"MASTER_PORT", "2222"}}));
  EXPECT_EQ(named.address, "10.0.0.1");
  EXPECT_EQ(named.port, 2222);
  EXPECT_PRED_FORMAT2(IsSubstring, "those of node 3",
                      Problem(With(kSlurm, {{"SLURM_NODEID", "3"}})));
}

TEST(TopologyTest, StartsTheRanksOfOneTaskAMachine) {
  const Topology plan = Resolve(With(kSlurm, {{"SLURM_PROCID", "1"},
                                              {"SLURM_NTASKS", "2"},
                                              {"SLURM_LOCALID", "0"},
                                              {"SLURM_NODEID", "1"},
                                              {"SLURM_STEP_TASKS_PER_NODE", "1(x2)"}}),
                                8);
  EXPECT_EQ(Describe(plan), "starts ranks 8 to 15 of 16, meeting at gpu07:19744 (Slurm's srun)");
}

TEST(TopologyTest, RefusesABatchScriptWithoutSrun) {
  const Values batch = {{"SLURM_JOB_ID", "7"}, {"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "0"}};
  EXPECT_PRED_FORMAT2(IsSubstring, "SLURM_NTASKS is 4 but SLURM_STEP_ID is not set",
                      Problem(batch));
  EXPECT_EQ(Resolve(batch, 4).world_size, 4);
  EXPECT_EQ(Resolve(With(batch, {{"SLURM_NTASKS", "1"}})).world_size, 1);
}

TEST(TopologyTest, BelievesTheInnermostLauncher) {
  Values all;
  for (const Values& values : {kSlurm, kOpenMpi, kKubeflow, kPet, kTorchrun}) {
    all = With(all, values);
  }
  EXPECT_EQ(Resolve(all).launcher, "torchrun");
  all.erase("LOCAL_RANK");
  EXPECT_EQ(Resolve(all).launcher, "PET variables");
  all.erase("PET_NNODES");
  EXPECT_PRED_FORMAT2(IsSubstring, "of machines", Resolve(all).launcher);
  all.erase("RANK");
  all.erase("WORLD_SIZE");
  EXPECT_EQ(Resolve(all).launcher, "Open MPI");
  all.erase("OMPI_COMM_WORLD_RANK");
  EXPECT_EQ(Resolve(all).launcher, "Slurm's srun");
}

TEST(SlurmTest, FindsTheFirstHost) {
  EXPECT_EQ(FirstHost("login1"), "login1");
  EXPECT_EQ(FirstHost("b,a"), "b");
  EXPECT_EQ(FirstHost("gpu[03-07,9],login1"), "gpu03");
  EXPECT_EQ(FirstHost("gpu[9,03-07]"), "gpu9");
  EXPECT_EQ(FirstHost("rack[2-3]node[11]-ib,x"), "rack2node11-ib");
  for (const char* wrong : {"", ",a", "gpu[03", "gpu["}) {
    EXPECT_THROW(FirstHost(wrong), Error) << wrong;
  }
}

TEST(SlurmTest, CountsTasksOfEveryNode) {
  EXPECT_EQ(TasksOnNode("2", 0), 2);
  const int tasks[] = {4, 4, 3, 1, 1};
  for (int node = 0; node < 5; ++node) {
    EXPECT_EQ(TasksOnNode("4(x2),3,1(x2)", node), tasks[node]) << node;
  }
  EXPECT_THROW(TasksOnNode("4(x2),3,1(x2)", 5), Error);
  EXPECT_EQ(TasksOnNode("1(x2000000000),2(x2000000000)", 10'000), 1);
  for (const char* wrong : {"", "x", "4(x", "4(x2", "4(x0)", "0", "-1", "4;3", "4,", "4(x2)3"}) {
    EXPECT_THROW(TasksOnNode(wrong, 3), Error) << wrong;
  }
}

}  // namespace
}  // namespace kani::train
