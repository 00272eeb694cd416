#include "train/distributed/process_group.h"

#include <ATen/ATen.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <vector>

#include "base/error.h"
#include "train/launch/launcher.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using ::testing::IsSubstring;
using Clock = std::chrono::steady_clock;

constexpr int kLostPeer = 6;  // ErrorCode::kIo as an exit code
constexpr int kRefused = 2;   // ErrorCode::kInvalidArgument

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 3000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

/// What rank 0 or torchrun's agent does, at any free port.
c10::intrusive_ptr<c10d::TCPStore> Listen() {
  c10d::TCPStoreOptions options;
  options.isServer = true;
  options.port = 0;
  return c10::make_intrusive<c10d::TCPStore>("127.0.0.1", options);
}

TEST(ProcessGroupTest, OfOneProcessChangesNothing) {
  ProcessGroup alone;
  EXPECT_EQ(alone.rank(), 0);
  EXPECT_EQ(alone.size(), 1);
  const at::Tensor tensor = at::arange(5, at::kFloat), before = tensor.clone();
  alone.Sum(tensor);
  alone.SumInOrder(tensor);
  alone.Broadcast(tensor);
  alone.Barrier();
  alone.AgreeOn("number", 3);
  EXPECT_TRUE(at::equal(tensor, before));
  EXPECT_EQ(alone.Sum(int64_t{1} << 60), int64_t{1} << 60);
  EXPECT_EQ(alone.SumInOrder(0.1), 0.1);
  EXPECT_TRUE(alone.Any(true));
  EXPECT_FALSE(alone.Any(false));
  EXPECT_EQ(ProcessGroup(Topology(), at::kCPU).size(), 1);
}

TEST(ProcessGroupTest, RefusesAPortThatIsTaken) {
  const auto other = Listen();
  Topology topology;
  topology.world_size = 2;
  topology.port = other->getPort();
  try {
    ProcessGroup group(topology, at::kCPU, 2s);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_PRED_FORMAT2(IsSubstring, StrCat("rank 0 cannot listen at 127.0.0.1:", topology.port),
                        error.what());
  }
}

constexpr int kLauncher = -1;  // among the ranks

/// Ranks as processes that nobody ends when another one fails.
class PeersTest : public ::testing::Test {
 protected:
  PeersTest() {
    std::string name = (fs::temp_directory_path() / "kani-peers-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    ::setenv("FOLDER", folder_.c_str(), 1);
    ::setenv("OMP_NUM_THREADS", "1", 1);
    plan_.port = Listen()->getPort();  // free again at once
  }
  ~PeersTest() override {
    for (const auto& [rank, pid] : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    fs::remove_all(folder_);
  }

  /// @param more variables, NAME=value
  void Start(int rank, const std::string& scene, std::chrono::milliseconds timeout,
             const std::vector<std::string>& more = {}) {
    const std::string log = (folder_ / StrCat("log-", rank)).string();
    std::vector<std::string> variables = RankVariables(plan_, rank);
    variables.insert(variables.end(), more.begin(), more.end());
    const std::string limit = std::to_string(timeout.count());
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      for (std::string& variable : variables) ::putenv(variable.data());
      ::execl(KANI_PEER, KANI_PEER, scene.c_str(), limit.c_str(), nullptr);
      ::_exit(127);
    }
    pids_[rank] = pid;
  }
  /// The ranks as children of the launcher, which needs a process of its own.
  void Launch(int ranks, const std::string& scene) {
    plan_.world_size = plan_.local_world_size = ranks;
    plan_.starts_ranks = true;
    pids_[kLauncher] = ::fork();
    if (pids_[kLauncher] == 0) {
      ::_exit(LaunchRanks({KANI_PEER, scene, "60000"}, ::environ, plan_).exit_code);
    }
  }
  void StartAll(int ranks, const std::string& scene, std::chrono::milliseconds timeout,
                const std::vector<std::string>& more = {}) {
    plan_.world_size = plan_.local_world_size = ranks;
    for (int rank = 0; rank < ranks; ++rank) Start(rank, scene, timeout, more);
  }
  /// The exit code, 128 + n for signal n; -1 if it hangs.
  int Wait(int rank) {
    int status = 0;
    if (!Eventually([&] { return ::waitpid(pids_[rank], &status, WNOHANG) != 0; })) return -1;
    pids_.erase(rank);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  void ExpectAll(int ranks, int code) {
    for (int rank = 0; rank < ranks; ++rank) EXPECT_EQ(Wait(rank), code) << rank << Log(rank);
  }
  bool AllSum(int ranks) const {
    for (int rank = 0; rank < ranks; ++rank) {
      if (!fs::exists(folder_ / StrCat("pid-", rank))) return false;
    }
    return true;
  }
  std::string Log(int rank) const {
    std::stringstream text;
    text << std::ifstream(folder_ / StrCat("log-", rank)).rdbuf();
    return text.str();
  }

  fs::path folder_;
  Topology plan_;
  std::map<int, pid_t> pids_;
};

TEST_F(PeersTest, SumTheSameBitsAsOneProcess) {
  for (const int ranks : {2, 3, 4}) {
    StartAll(ranks, "sums", 60s);
    ExpectAll(ranks, 0);
  }
}

TEST_F(PeersTest, WorkUnderTheLauncher) {
  Launch(3, "sums");
  EXPECT_EQ(Wait(kLauncher), 0) << Log(kLauncher);
}

TEST_F(PeersTest, AllNoticeWhatOneSeesDifferently) {
  StartAll(3, "disagree", 60s);
  ExpectAll(3, kRefused);
  EXPECT_EQ(Log(1),
            "step of the newest checkpoint: rank 2 has 400, rank 0 has 500; all must see the same "
            "files and options\n");
}

TEST_F(PeersTest, EndWhenOneIsKilled) {
  StartAll(3, "sum forever", 60s);
  ASSERT_TRUE(Eventually([&] { return AllSum(3); }));
  const Clock::time_point killed = Clock::now();
  ::kill(pids_[1], SIGKILL);
  EXPECT_EQ(Wait(1), 128 + SIGKILL);
  for (const int rank : {0, 2}) {
    EXPECT_EQ(Wait(rank), kLostPeer);
    EXPECT_PRED_FORMAT2(IsSubstring, "another process has ended or did not answer", Log(rank));
  }
  EXPECT_LT(Clock::now() - killed, 20s);  // long before the time-out
}

TEST_F(PeersTest, EndWhenTheFirstIsKilled) {
  StartAll(3, "sum forever", 60s);
  ASSERT_TRUE(Eventually([&] { return AllSum(3); }));
  ::kill(pids_[0], SIGKILL);
  EXPECT_EQ(Wait(0), 128 + SIGKILL);
  EXPECT_EQ(Wait(1), kLostPeer);
  EXPECT_EQ(Wait(2), kLostPeer);
}

TEST_F(PeersTest, EndWithinTheTimeOutWhenOneHangs) {
  StartAll(3, "sum forever", 5s);
  ASSERT_TRUE(Eventually([&] { return AllSum(3); }));
  const Clock::time_point stopped = Clock::now();
  ::kill(pids_[1], SIGSTOP);
  for (const int rank : {0, 2}) {
    EXPECT_EQ(Wait(rank), kLostPeer);
    EXPECT_PRED_FORMAT2(IsSubstring, "did not answer within 5000 ms", Log(rank));
  }
  EXPECT_LT(Clock::now() - stopped, 20s);
}

TEST_F(PeersTest, EndWhenOneLeavesEarly) {
  StartAll(3, "leave early", 5s);
  for (const int rank : {0, 2}) EXPECT_EQ(Wait(rank), kLostPeer) << Log(rank);
}

TEST_F(PeersTest, EndTogetherUnderTheLauncher) {
  Launch(3, "sum forever");
  ASSERT_TRUE(Eventually([&] { return AllSum(3); }));
  pid_t pids[3];
  for (int rank = 0; rank < 3; ++rank) {
    std::ifstream(folder_ / StrCat("pid-", rank)) >> pids[rank];
  }
  ::kill(pids[1], SIGKILL);
  EXPECT_EQ(Wait(kLauncher), 128 + SIGKILL);
  for (const pid_t pid : pids) EXPECT_NE(::kill(pid, 0), 0);
}

TEST_F(PeersTest, SayWhoDidNotCome) {
  plan_.world_size = plan_.local_world_size = 4;
  for (const int rank : {0, 2}) Start(rank, "come", 5s);
  EXPECT_EQ(Wait(0), kLostPeer);
  EXPECT_EQ(Wait(2), kLostPeer);
  EXPECT_PRED_FORMAT2(IsSubstring, "2 of 4 processes came; missing: rank 1, rank 3", Log(0));
}

TEST_F(PeersTest, SayThatNobodyListens) {
  plan_.world_size = plan_.local_world_size = 2;
  Start(1, "come", 2s);
  EXPECT_EQ(Wait(1), kLostPeer);
  EXPECT_PRED_FORMAT2(IsSubstring, "rank 1 found nobody who listens at 127.0.0.1:", Log(1));
}

TEST_F(PeersTest, RefuseOneRankTwiceAndOtherNumbers) {
  plan_.world_size = plan_.local_world_size = 3;
  Start(0, "come", 5s);
  Start(1, "come", 5s);
  Start(2, "come", 5s, {"RANK=1"});
  const int codes[] = {Wait(1), Wait(2)};
  EXPECT_TRUE(codes[0] == kRefused || codes[1] == kRefused);
  EXPECT_PRED_FORMAT2(IsSubstring, "two processes have rank 1: 'process ", Log(1) + Log(2));
  EXPECT_EQ(Wait(0), kLostPeer);
  EXPECT_PRED_FORMAT2(IsSubstring, "2 of 3 processes came; missing: rank 2", Log(0));

  plan_.port = Listen()->getPort();
  Start(0, "come", 5s);
  Start(1, "come", 5s, {"WORLD_SIZE=4"});
  const int counts[] = {Wait(0), Wait(1)};
  EXPECT_TRUE(counts[0] == kRefused || counts[1] == kRefused);
  EXPECT_PRED_FORMAT2(IsSubstring, " processes, another expects ", Log(0) + Log(1));
}

TEST_F(PeersTest, MeetAtAnAgentThroughItsRestarts) {
  const auto agent = Listen();
  plan_.port = agent->getPort();
  for (const char* restarts : {"0", "1"}) {
    StartAll(
        2, "sums", 60s,
        {"TORCHELASTIC_USE_AGENT_STORE=True", StrCat("TORCHELASTIC_RESTART_COUNT=", restarts)});
    ExpectAll(2, 0);
  }
}

}  // namespace
}  // namespace kani::train
