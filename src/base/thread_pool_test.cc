#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "base/testing.h"

namespace kani {
namespace {

TEST(ThreadPoolTest, EveryElementIsVisitedOnce) {
  for (int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (int64_t count : {0, 1, 15, 16, 17, 1000}) {
      for (int64_t grain : {1, 16}) {
        std::vector<std::atomic<int>> visits(static_cast<size_t>(count));
        pool.ParallelFor(count, grain, [&](int64_t begin, int64_t end) {
          EXPECT_EQ(begin % grain, 0);
          for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
        });
        for (auto& visit : visits) EXPECT_EQ(visit, 1);
      }
    }
  }
}

TEST(ThreadPoolTest, WakesWorkersThatWentToSleep) {
  ThreadPool pool(3);
  for (int round = 0; round < 20; ++round) {
    std::atomic<int> calls = 0;
    pool.Run([&](int) { ++calls; });
    EXPECT_EQ(calls, 3);
    if (round % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(3));
  }
}

TEST(ThreadPoolTest, ManyShortRegionsLoseNoWork) {
  ThreadPool pool(2);
  int64_t sums[2][16] = {};
  for (int i = 0; i < 20000; ++i) pool.Run([&](int worker) { sums[worker][0] += 1; });
  EXPECT_EQ(sums[0][0], 20000);
  EXPECT_EQ(sums[1][0], 20000);
}

TEST(ThreadPoolTest, EveryShareOfEveryRegionRunsOnce) {
  ThreadPool pool(5);
  int64_t runs[5] = {};  // a share that ran twice at once would also be a race
  for (int i = 0; i < 20000; ++i) pool.Run([&](int share) { ++runs[share]; });
  for (const int64_t count : runs) EXPECT_EQ(count, 20000);
}

// No worker lives on in the child: who waits for one that is not scheduled waits for ever there,
// and on a shared core takes many times as long (bench/thread_pool_bench).
TEST(ThreadPoolTest, AForkedChildWorksAloneAndEnds) {
  for (const int sleep_ms : {0, 3}) {  // the workers spin, or sleep
    ThreadPool pool(3);
    pool.Run([](int) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(sleep_ms));
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // a hang is a failure
      std::atomic<int> calls = 0;
      for (int i = 0; i < 100; ++i) pool.Run([&](int) { ++calls; });
      pool.~ThreadPool();
      ::_exit(calls == 300 ? 0 : 1);
    }
    ASSERT_GT(child, 0);
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    int calls[3] = {};
    pool.Run([&](int share) { ++calls[share]; });
    EXPECT_EQ(calls[0] + calls[1] + calls[2], 3);
  }
}

// Sanitizers reserve more address space than any limit leaves.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
TEST(ThreadPoolTest, AThreadThatCannotStartIsAnError) {
  for (const rlim_t mib : {40, 120, 500}) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::alarm(20);  // a hang is a failure
      const rlimit limit{mib << 20, mib << 20};
      ::setrlimit(RLIMIT_AS, &limit);
      const std::string failure = Failure([] { ThreadPool pool(2000); });
      ::_exit(failure.starts_with("resource_exhausted: cannot start thread ") ? 0 : 1);
    }
    ASSERT_GT(child, 0);
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0) << mib;
  }
}
#endif

}  // namespace
}  // namespace kani
