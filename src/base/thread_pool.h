// A fixed set of worker threads for one caller: regions of equal shares that whoever is there
// takes.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace kani {

/// Runs one parallel region at a time. A region has threads() shares; the caller begins with share
/// 0 and worker k with share k, so that each finds its memory near, and both then take what nobody
/// has taken yet. The caller waits only for shares that a worker is at: a core that other work
/// holds costs a region no more than what it would have added. Workers spin for a bounded time
/// between regions (a decode step issues one every few microseconds) and then sleep, so an idle
/// pool costs nothing. Not thread-safe: one caller at a time. In a child after fork() there are no
/// workers: its caller does every share.
class ThreadPool {
 public:
  /// @param threads total, the caller included; 0 = UsableCpuCount().
  /// Throws kResourceExhausted when the system refuses a thread.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  /// Calls task(share) once for each share in [0, threads()), on any thread, several perhaps one
  /// after the other, and returns when all have returned. `task` must not throw and must not call
  /// Run.
  template <typename Task>
  void Run(const Task& task) {
    RunShares([](const void* context, int share) { (*static_cast<const Task*>(context))(share); },
              &task);
  }
  /// Splits [0, count) into one contiguous range per share, task(begin, end), borders at multiples
  /// of `grain`.
  template <typename Task>
  void ParallelFor(int64_t count, int64_t grain, const Task& task) {
    const int64_t blocks = (count + grain - 1) / grain;
    if (std::min<int64_t>(threads(), blocks) <= 1) {
      if (count > 0) task(int64_t{0}, count);
      return;
    }
    Run([&](int share) {
      const int64_t begin = std::min(count, blocks * share / threads() * grain);
      const int64_t end = std::min(count, blocks * (share + 1) / threads() * grain);
      if (begin < end) task(begin, end);
    });
  }

 private:
  using Call = void (*)(const void* context, int share);

  void RunShares(Call call, const void* context);
  int TakeShares(int first, uint32_t region);
  void WorkerLoop(int worker);
  uint32_t AwaitRegion(uint32_t seen);
  void StopWorkers();

  const pid_t process_;
  std::vector<std::thread> workers_;
  std::vector<std::atomic<uint32_t>> taken_;  // [threads] the last region that had its share taken
  Call call_ = nullptr;                       // of the current region
  const void* context_ = nullptr;
  std::atomic<uint32_t> region_{0};     // counts; what workers wait for
  std::atomic<int> done_by_others_{0};  // shares of the current region
  std::atomic<bool> stop_{false};
  uint32_t regions_alone_ = 0;  // in a row, without a worker's help
};

}  // namespace kani
