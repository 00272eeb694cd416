// What a parallel region costs, as time beside one thread in the same run: thread_pool_bench
// [ROUNDS] A sequence is what one decode step of a small model issues: many regions of some
// microseconds with a little work of the caller between them. Pinned, all threads share one core:
// more of them cannot help, and must not harm.
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "base/cpu_count.h"
#include "base/thread_pool.h"

namespace kani {
namespace {

constexpr int kThreads[] = {1, 2, 4};

struct Load {
  const char* name;
  int regions;
  size_t floats;        // of a region, all shares together
  size_t alone_floats;  // that the caller works on by itself after each region
};
constexpr Load kLoads[] = {{"empty regions", 5000, 0, 0},
                           {"small regions", 2000, 1 << 13, 0},
                           {"decode step", 1000, 1 << 15, 1 << 10},
                           {"large regions", 50, 1 << 20, 0}};

__attribute__((noinline)) void Scale(std::span<float> values) {
  for (float& value : values) value *= 1.0001f;
}

double Seconds(ThreadPool& pool, const Load& load) {
  std::vector<float> shared(load.floats, 1.0f), own(load.alone_floats, 1.0f);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < load.regions; ++i) {
    pool.Run([&](int share) {
      const size_t part = shared.size() / static_cast<size_t>(pool.threads());
      Scale(std::span(shared).subspan(part * static_cast<size_t>(share), part));
    });
    Scale(own);
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One line per load: microseconds a region, and the median over the rounds of the time beside one
/// thread. The thread counts take turns, so that other work on the machine meets all alike.
void Compare(const char* where, int rounds) {
  for (const Load& load : kLoads) {
    std::vector<double> ratios[std::size(kThreads)], alone;
    for (int round = 0; round < rounds; ++round) {
      for (size_t i = 0; i < std::size(kThreads); ++i) {
        ThreadPool pool(kThreads[i]);
        pool.Run([](int) {});
        const double seconds = Seconds(pool, load);
        if (i == 0) alone.push_back(seconds);
        ratios[i].push_back(seconds / alone.back());
      }
    }
    const auto median = [](std::vector<double>& values) {
      std::ranges::sort(values);
      return values[values.size() / 2];
    };
    std::printf("%-10s %-14s %8.2f us", where, load.name, median(alone) / load.regions * 1e6);
    for (size_t i = 1; i < std::size(kThreads); ++i) {
      std::printf("   %d threads %6.2f x", kThreads[i], median(ratios[i]));
    }
    std::printf("\n");
  }
}

int Main(int rounds) {
  std::printf("%d cores; time of 1 thread, and of more beside it\n", UsableCpuCount());
  Compare("free", rounds);
  cpu_set_t mask;
  if (::sched_getaffinity(0, sizeof(mask), &mask) != 0) return 1;
  int first = 0;
  while (!CPU_ISSET(first, &mask)) ++first;
  CPU_ZERO(&mask);
  CPU_SET(first, &mask);
  if (::sched_setaffinity(0, sizeof(mask), &mask) != 0) return 1;
  Compare("pinned", rounds);
  return 0;
}

}  // namespace
}  // namespace kani

int main(int argc, char** argv) {
  return kani::Main(argc > 1 ? std::max(1, std::atoi(argv[1])) : 9);
}
