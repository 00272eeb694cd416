#include "train/launch/child_process.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/testing.h"
#include "train/launch/testing.h"

namespace kani::train {
namespace {

int Wait(ChildProcess& child) {
  std::optional<int> code;
  while (!(code = child.TryReap())) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return *code;
}

ChildSettings Shell(const std::string& script) {
  return {
      .command = {"/bin/sh", "-c", script}, .out = ChildOutput::kKept, .error = ChildOutput::kKept};
}

TEST(ChildProcessTest, KeepsWhatItWritesAndItsExitCode) {
  ChildProcess child(Shell("echo words; echo complaint >&2; exit 3"));
  EXPECT_TRUE(child.running());
  EXPECT_EQ(Wait(child), 3);
  EXPECT_FALSE(child.running());
  EXPECT_EQ(child.Out(), "words\n");
  EXPECT_EQ(child.ErrorOutput(), "complaint\n");
}

TEST(ChildProcessTest, KeepsWholeLinesOfALongOutput) {
  ChildProcess child(Shell("i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); echo line $i; done"));
  EXPECT_EQ(Wait(child), 0);
  const std::string out = child.Out();
  EXPECT_LE(out.size(), 8192u);
  EXPECT_GT(out.size(), 8000u);
  EXPECT_TRUE(out.starts_with("line "));
  EXPECT_TRUE(out.ends_with("line 5000\n"));
}

TEST(ChildProcessTest, AProgramThatIsNotThereEndsWith127AndSaysSo) {
  ChildSettings settings = Shell("");
  settings.command = {"/no/such/program"};
  ChildProcess child(settings);
  EXPECT_EQ(Wait(child), 127);
  EXPECT_EQ(child.ErrorOutput(), "/no/such/program: could not be started\n");
}

// Without a handle for a pipe UBSan takes objects for broken.
#if !defined(__SANITIZE_ADDRESS__)
TEST(ChildProcessTest, NoFileHandlesLeftIsExhaustion) {
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit none{0, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::string failure = Failure([] { ChildProcess child(Shell("exit 0")); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_TRUE(failure.starts_with("resource_exhausted: cannot start '/bin/sh'")) << failure;
}
#endif

TEST(ChildProcessTest, AProgramWithoutAFolderIsLookedFor) {
  ChildSettings settings = Shell("echo found");
  settings.command[0] = "sh";
  ChildProcess child(settings);
  EXPECT_EQ(Wait(child), 0);
  EXPECT_EQ(child.Out(), "found\n");
}

TEST(ChildProcessTest, RunsWithTheNicenessAndTheEnvironmentGiven) {
  ChildSettings settings = Shell("nice; echo $WORD");
  const char* const environment[] = {"WORD=given", "PATH=/usr/bin:/bin", nullptr};
  settings.niceness = 19;
  settings.environment = environment;
  ChildProcess child(settings);
  EXPECT_EQ(Wait(child), 0);
  EXPECT_EQ(child.Out(), "19\ngiven\n");
}

TEST(ChildProcessTest, IsKilledWithAllThatItStarted) {
  ChildProcess child(Shell("sleep 100 & echo $!; sleep 100"));
  while (child.Out().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const pid_t grandchild = std::stoi(child.Out());
  child.Kill();
  EXPECT_EQ(Wait(child), 128 + SIGKILL);
  for (int i = 0; i < 1000 && Runs(grandchild); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(Runs(grandchild));
}

TEST(ChildProcessTest, DiesWithTheThreadThatMadeIt) {
  std::optional<ChildProcess> child;
  std::thread([&] {
    child.emplace(Shell("echo; sleep 100"));
    while (child->Out().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }).join();
  EXPECT_EQ(Wait(*child), 128 + SIGKILL);
}

}  // namespace
}  // namespace kani::train
