// A fixed set of worker threads for one caller: fork, join, bounded spin, then sleep.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace kani {

/// Runs one parallel region at a time. The caller is worker 0. Workers spin for a bounded time
/// between regions (a decode step issues one every few microseconds) and then sleep, so an idle
/// pool costs nothing. Not thread-safe: one caller at a time.
class ThreadPool {
 public:
  /// @param threads total, the caller included; 0 = one per available core.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }
  /// Calls task(worker) once for each worker in [0, threads()) and returns when all have returned.
  /// `task` must not throw and must not call Run.
  void Run(const std::function<void(int worker)>& task);
  /// Splits [0, count) into one contiguous range per worker, borders at multiples of `grain`.
  void ParallelFor(int64_t count, int64_t grain,
                   const std::function<void(int64_t begin, int64_t end)>& task);

 private:
  void WorkerLoop(int worker);

  std::vector<std::thread> workers_;
  const std::function<void(int)>* task_ = nullptr;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int> running_{0};
  std::atomic<bool> stop_{false};
  std::atomic<int> sleepers_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
};

}  // namespace kani
