#include "base/thread_pool.h"

#include <algorithm>
#include <chrono>

namespace kani {
namespace {

// Long enough to bridge the scalar work between two matrix products of a decode step, short enough
// that a machine shared with other work loses little.
constexpr std::chrono::microseconds kSpin{100};
// Another process may hold the core a worker needs: past this the caller gives its own core away.
constexpr int kChecksBeforeYield = 2000;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
  if (threads <= 0) threads = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  for (int worker = 1; worker < threads; ++worker) {
    workers_.emplace_back([this, worker] { WorkerLoop(worker); });
  }
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(mutex_);
    stop_.store(true);
    generation_.fetch_add(1);
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::Run(const std::function<void(int)>& task) {
  if (workers_.empty()) return task(0);
  task_ = &task;
  running_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1);  // publishes task_ and running_
  if (sleepers_.load() > 0) {
    const std::lock_guard lock(mutex_);
    wake_.notify_all();
  }
  task(0);
  for (int checks = 0; running_.load(std::memory_order_acquire) > 0; ++checks) {
    if (checks < kChecksBeforeYield) {
      Pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void ThreadPool::WorkerLoop(int worker) {
  uint64_t seen = 0;
  for (;;) {
    const auto deadline = std::chrono::steady_clock::now() + kSpin;
    int checks = 0;
    while (generation_.load() == seen) {
      Pause();
      if (++checks % 64 == 0 && std::chrono::steady_clock::now() > deadline) {
        std::unique_lock lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return generation_.load() != seen; });
        sleepers_.fetch_sub(1);
      }
    }
    seen = generation_.load();
    if (stop_.load()) return;
    (*task_)(worker);
    running_.fetch_sub(1, std::memory_order_release);
  }
}

void ThreadPool::ParallelFor(int64_t count, int64_t grain,
                             const std::function<void(int64_t, int64_t)>& task) {
  const int64_t blocks = (count + grain - 1) / grain;
  const int64_t parts = std::min<int64_t>(threads(), blocks);
  if (parts <= 1) {
    if (count > 0) task(0, count);
    return;
  }
  Run([&](int worker) {
    const int64_t begin = std::min(count, blocks * worker / threads() * grain);
    const int64_t end = std::min(count, blocks * (worker + 1) / threads() * grain);
    if (begin < end) task(begin, end);
  });
}

}  // namespace kani
