#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

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

}  // namespace
}  // namespace kani
