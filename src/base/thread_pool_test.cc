#include "base/thread_pool.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <span>
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

__attribute__((noinline)) void Scale(std::span<float> values) {
  for (float& value : values) value *= 1.0001f;
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

/// Processor time of all threads for regions as a decode step has them, on one core: what other
/// programs do meanwhile does not count. The best of five.
double RegionSeconds(int threads) {
  const auto now = [] {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  double best = 1e30;
  ThreadPool pool(threads);
  std::vector<float> values(1 << 12, 1.0f);
  for (int pass = 0; pass < 5; ++pass) {
    const double start = now();
    for (int i = 0; i < 2000; ++i) {
      pool.ParallelFor(std::ssize(values), 16, [&](int64_t begin, int64_t end) {
        Scale(std::span(values).subspan(static_cast<size_t>(begin),
                                        static_cast<size_t>(end - begin)));
      });
    }
    best = std::min(best, now() - start);
  }
  return best;
}

// Threads that shared a core and waited for one another took 5 to 100 times as long as one.
TEST(ThreadPoolTest, ThreadsThatShareACoreDoNotMultiplyTheWork) {
  std::thread([] {  // workers inherit the mask of the thread that starts them
    cpu_set_t mask;
    ASSERT_EQ(::sched_getaffinity(0, sizeof(mask), &mask), 0);
    int first = 0;
    while (!CPU_ISSET(first, &mask)) ++first;
    CPU_ZERO(&mask);
    CPU_SET(first, &mask);
    ASSERT_EQ(::sched_setaffinity(0, sizeof(mask), &mask), 0);
    const double alone = RegionSeconds(1);
    for (const int threads : {2, 4}) EXPECT_LT(RegionSeconds(threads), 3 * alone) << threads;
  })
      .join();
}

}  // namespace
}  // namespace kani
