#include "base/cpu_count.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>
#include <string>
#include <thread>

#include "base/thread_pool.h"

namespace kani {
namespace {

namespace fs = std::filesystem;

TEST(CpuCountTest, AQuotaIsRoundedUpToWholeCores) {
  EXPECT_EQ(ParseCpuMax("200000 100000\n"), 2);
  EXPECT_EQ(ParseCpuMax("200001 100000\n"), 3);
  EXPECT_EQ(ParseCpuMax("1000 100000\n"), 1);
  EXPECT_EQ(ParseCpuMax("50000 20000"), 3);
}

TEST(CpuCountTest, WhatIsNoQuotaIsNoLimit) {
  for (const char* text : {"max 100000\n", "", "100000", "100000 0", "0 100000", "-1 100000",
                           "99999999999999999999 1", "one two", "100000 max"}) {
    EXPECT_EQ(ParseCpuMax(text), 0) << text;
  }
  EXPECT_GT(ParseCpuMax("1099511627776 1"), 1000);  // no overflow
}

/// A made-up root of a file system.
class CpuQuotaTest : public testing::Test {
 protected:
  CpuQuotaTest() {
    std::string pattern = testing::TempDir() + "kani_cpu_XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~CpuQuotaTest() override { fs::remove_all(root_); }
  void Write(const fs::path& name, std::string_view text) {
    fs::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  int Quota() const { return CpuQuota(root_); }

 private:
  fs::path root_;
};

TEST_F(CpuQuotaTest, NoControlGroupsAreNoLimit) {
  EXPECT_EQ(Quota(), 0);
  Write("proc/self/cgroup", "nonsense\n::\n0\n\n:::::\n0:");
  EXPECT_EQ(Quota(), 0);
}

TEST_F(CpuQuotaTest, TheTightestGroupOnTheWayCounts) {
  Write("proc/self/cgroup", "0::/outer/inner\n");
  EXPECT_EQ(Quota(), 0);
  Write("sys/fs/cgroup/outer/inner/cpu.max", "max 100000\n");
  EXPECT_EQ(Quota(), 0);
  Write("sys/fs/cgroup/outer/cpu.max", "250000 100000\n");
  EXPECT_EQ(Quota(), 3);
  Write("sys/fs/cgroup/outer/inner/cpu.max", "700000 100000\n");
  EXPECT_EQ(Quota(), 3);
  Write("sys/fs/cgroup/outer/inner/cpu.max", "100000 100000\n");
  EXPECT_EQ(Quota(), 1);
}

TEST_F(CpuQuotaTest, AContainerSeesItsOwnGroupAtTheMountPoint) {
  Write("proc/self/cgroup", "0::/../../host/docker/1234\n");
  Write("sys/fs/cgroup/cpu.max", "150000 100000\n");
  EXPECT_EQ(Quota(), 2);
}

TEST_F(CpuQuotaTest, VersionOneHasTwoFiles) {
  Write("proc/self/cgroup", "7:cpuset:/\n4:cpuacct,cpu:/docker/1234\n0::/\n");
  Write("sys/fs/cgroup/cpu/docker/1234/cpu.cfs_quota_us", "-1\n");
  Write("sys/fs/cgroup/cpu/docker/1234/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota(), 0);
  Write("sys/fs/cgroup/cpu/docker/1234/cpu.cfs_quota_us", "390000\n");
  EXPECT_EQ(Quota(), 4);
  Write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
  Write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota(), 1);
}

TEST_F(CpuQuotaTest, WhatIsReadIsBounded) {
  Write("sys/fs/cgroup/cpu.max", "200000 100000");
  std::string deep = "0::";
  for (int i = 0; i < 1000; ++i) deep += "/a";
  Write("proc/self/cgroup", deep);
  EXPECT_EQ(Quota(), 2);
  Write("proc/self/cgroup", "0::/\n" + std::string(1 << 20, '\n'));
  EXPECT_EQ(Quota(), 0);
}

TEST(CpuCountTest, TheAffinityMaskCounts) {
  std::thread([] {  // the mask belongs to a thread: the other tests keep theirs
    cpu_set_t mask;
    ASSERT_EQ(::sched_getaffinity(0, sizeof(mask), &mask), 0);
    EXPECT_GE(UsableCpuCount(), 1);
    EXPECT_LE(UsableCpuCount(), CPU_COUNT(&mask));
    int first = 0;
    while (!CPU_ISSET(first, &mask)) ++first;
    CPU_ZERO(&mask);
    CPU_SET(first, &mask);
    ASSERT_EQ(::sched_setaffinity(0, sizeof(mask), &mask), 0);
    EXPECT_EQ(UsableCpuCount(), 1);
    EXPECT_EQ(ThreadPool(0).threads(), 1);
  })
      .join();
}

}  // namespace
}  // namespace kani
