#include "train/launch/launcher.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include "train/launch/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

Topology Plan(int ranks) {
  Topology plan;
  plan.world_size = plan.local_world_size = ranks;
  plan.starts_ranks = true;
  return plan;
}

bool Eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return condition();
}

/// Runs shell scripts as ranks, in a folder of its own.
class LauncherTest : public ::testing::Test {
 protected:
  LauncherTest() {
    std::string name = (fs::temp_directory_path() / "kani-launch-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~LauncherTest() override { fs::remove_all(folder_); }

  LaunchResult Run(int ranks, const std::string& script,
                   std::chrono::milliseconds grace = 10s) const {
    const std::string folder = "FOLDER=" + folder_.string();
    const char* environment[] = {folder.c_str(), "PATH=/bin:/usr/bin", "RANK=17", nullptr};
    return LaunchRanks({"/bin/sh", "-c", script}, environment, Plan(ranks), grace);
  }
  /// Run() in a process that ends with the result's exit code.
  pid_t RunElsewhere(int ranks, const std::string& script) const {
    const pid_t launcher = ::fork();
    if (launcher == 0) ::_exit(Run(ranks, script).exit_code);
    return launcher;
  }
  std::string Read(const std::string& name) const {
    std::stringstream text;
    text << std::ifstream(folder_ / name).rdbuf();
    return text.str();
  }
  bool Has(const std::string& name) const { return !Read(name).empty(); }
  /// Whether the process whose number stands in a file runs.
  bool Lives(const std::string& file) const { return Runs(std::stoi(Read(file))); }

  fs::path folder_;
};

/// The exit code of a child of this process, 128 + n for signal n.
int Wait(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(LauncherTest, StartsItsOwnProgram) {
  std::vector<std::string> command = OwnCommand();
  EXPECT_TRUE(fs::equivalent(command[0], "/proc/self/exe"));
  command.emplace_back("--gtest_filter=");
  EXPECT_EQ(LaunchRanks(command, ::environ, Plan(2)).exit_code, 0);
}

TEST_F(LauncherTest, GivesEveryRankItsVariables) {
  const LaunchResult result =
      Run(3,
          "echo $RANK $WORLD_SIZE $LOCAL_RANK $LOCAL_WORLD_SIZE $MASTER_ADDR > $FOLDER/$RANK;"
          "echo $MASTER_PORT > $FOLDER/port-$RANK; env | grep -c ^RANK= > $FOLDER/count-$RANK");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(result.failures.empty());
  for (const std::string rank : {"0", "1", "2"}) {
    EXPECT_EQ(Read(rank), rank + " 3 " + rank + " 3 127.0.0.1\n");
    EXPECT_EQ(Read("port-" + rank), Read("port-0"));
    EXPECT_EQ(Read("count-" + rank), "1\n");
  }
  EXPECT_GT(std::stoi(Read("port-0")), 0);
}

TEST_F(LauncherTest, EndsTheOthersWhenOneFails) {
  const LaunchResult result = Run(3, "if [ $RANK = 1 ]; then exit 5; fi; sleep 60 & wait; exit 9");
  EXPECT_EQ(result.exit_code, 5);
  ASSERT_EQ(result.failures.size(), 3u);
  EXPECT_EQ(result.failures[0].rank, 1);
  EXPECT_EQ(result.failures[1].exit_code, 128 + SIGTERM);
}

TEST_F(LauncherTest, LetsTheOthersFinishWhenOneIsDone) {
  EXPECT_EQ(Run(2, "if [ $RANK = 1 ]; then sleep 0.3; echo done > $FOLDER/done; fi").exit_code, 0);
  EXPECT_TRUE(Has("done"));
}

TEST_F(LauncherTest, NamesASignalAsAShellDoes) {
  const LaunchResult result = Run(2, "if [ $RANK = 1 ]; then kill -9 $$; fi; sleep 60 & wait");
  EXPECT_EQ(result.exit_code, 128 + SIGKILL);
  EXPECT_EQ(result.failures.front().rank, 1);
}

TEST_F(LauncherTest, KillsWhoIgnoresTheEndAndWhatItStarted) {
  const auto start = std::chrono::steady_clock::now();
  const LaunchResult result = Run(2,
                                  "if [ $RANK = 1 ]; then"
                                  "  until [ -s $FOLDER/child ]; do sleep 0.01; done; exit 4; fi;"
                                  "trap '' TERM; sleep 60 & echo $! > $FOLDER/child; wait",
                                  200ms);
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_EQ(result.failures.back().exit_code, 128 + SIGKILL);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  EXPECT_TRUE(Eventually([&] { return !Lives("child"); }));
}

TEST_F(LauncherTest, KillsWhatARankLeftRunning) {
  EXPECT_EQ(Run(1, "sleep 60 & echo $! > $FOLDER/child").exit_code, 0);
  EXPECT_TRUE(Eventually([&] { return !Lives("child"); }));
}

TEST_F(LauncherTest, KeepsTheLastWordsOfTheOthers) {
  const LaunchResult result = Run(2,
                                  "[ $RANK = 1 ] || { sleep 60 & wait; };"
                                  "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo line $i >&2;"
                                  "done; echo not for the terminal; exit 3");
  ASSERT_FALSE(result.failures.empty());
  const std::string& words = result.failures.front().last_words;
  EXPECT_LE(words.size(), 8192u);
  EXPECT_TRUE(words.starts_with("line ")) << words;
  EXPECT_TRUE(words.ends_with("line 1999\nline 2000\n")) << words;
}

TEST_F(LauncherTest, SaysThatAProgramIsNotThere) {
  const char* environment[] = {nullptr};
  const LaunchResult result = LaunchRanks({"/no/such/program"}, environment, Plan(2));
  EXPECT_EQ(result.exit_code, 127);
}

TEST_F(LauncherTest, PassesSignalsOnAndWaitsForAll) {
  for (const auto& [name, signal] :
       {std::pair("TERM", SIGTERM), {"INT", SIGINT}, {"USR1", SIGUSR1}}) {
    // Rank 0 needs longer to save than the others; it must get the time, and the signal only once.
    const std::string script =
        std::string("count=0; trap 'count=$((count+1))' ") + name +
        "; echo > $FOLDER/ready-$RANK; until [ $count -gt 0 ]; do sleep 0.05; done;"
        "if [ $RANK = 0 ]; then sleep 0.5; fi; echo $count > $FOLDER/saved-$RANK; exit 8";
    const pid_t launcher = RunElsewhere(2, script);
    ASSERT_TRUE(Eventually([&] { return Has("ready-0") && Has("ready-1"); }));
    ::kill(launcher, signal);
    EXPECT_EQ(Wait(launcher), 8) << name;
    EXPECT_EQ(Read("saved-0"), "1\n");
    EXPECT_EQ(Read("saved-1"), "1\n");
    for (const char* file : {"ready-0", "ready-1", "saved-0", "saved-1"})
      fs::remove(folder_ / file);
  }
}

TEST_F(LauncherTest, LeavesNoRankBehindWhenItIsKilled) {
  const pid_t launcher =
      RunElsewhere(2, "trap '' TERM; echo $$ > $FOLDER/rank-$RANK; while :; do sleep 0.1; done");
  ASSERT_TRUE(Eventually([&] { return Has("rank-0") && Has("rank-1"); }));
  ::kill(launcher, SIGKILL);
  EXPECT_EQ(Wait(launcher), 128 + SIGKILL);
  EXPECT_TRUE(Eventually([&] { return !Lives("rank-0") && !Lives("rank-1"); }));
}

}  // namespace
}  // namespace kani::train
