#include "base/thread_pool.h"

#include <unistd.h>

#include <bit>
#include <chrono>
#include <exception>

#include "base/cpu_count.h"
#include "base/error.h"

namespace kani {
namespace {

// Long enough to bridge the scalar work between two matrix products of a decode step, short enough
// that a machine shared with other work loses little.
constexpr std::chrono::microseconds kSpin{100};
// A worker without work may sit on the very core its caller needs: it offers the core this often
// (some microseconds). The caller waits longer, since what it waits for is being computed.
constexpr int kWorkerChecksBeforeYield = 100;
constexpr int kCallerChecksBeforeYield = 1000;
// Workers that came too late for many regions in a row have no core: they are woken ever more
// rarely, and at last this often.
constexpr uint32_t kRegionsBetweenWakes = 256;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads) : process_(::getpid()) {
  if (threads <= 0) threads = UsableCpuCount();
  taken_ = std::vector<std::atomic<uint32_t>>(static_cast<size_t>(threads));
  try {
    workers_.reserve(static_cast<size_t>(threads - 1));
    for (int worker = 1; worker < threads; ++worker) {
      workers_.emplace_back([this, worker] { WorkerLoop(worker); });
    }
  } catch (const std::exception& error) {  // limits on threads, address space or memory
    const size_t started = workers_.size() + 1;
    StopWorkers();
    Fail(ErrorCode::kResourceExhausted, "cannot start thread ", started + 1, " of ", threads, ": ",
         error.what());
  }
}

ThreadPool::~ThreadPool() { StopWorkers(); }

void ThreadPool::StopWorkers() {
  if (::getpid() != process_) {  // a child after fork(): nobody to join, nor may it be tried
    static_cast<void>(new std::vector<std::thread>(std::move(workers_)));
    return;
  }
  stop_.store(true);
  region_.fetch_add(1);
  region_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::RunShares(Call call, const void* context) {
  if (workers_.empty()) return call(context, 0);
  call_ = call;
  context_ = context;
  done_by_others_.store(0, std::memory_order_relaxed);
  const uint32_t region = region_.load(std::memory_order_relaxed) + 1;
  region_.store(region);  // publishes the lines above
  if (std::has_single_bit(regions_alone_) || regions_alone_ % kRegionsBetweenWakes == 0) {
    region_.notify_all();
  }
  const int by_others = threads() - TakeShares(0, region);
  for (int checks = 1; done_by_others_.load(std::memory_order_acquire) < by_others; ++checks) {
    Pause();
    if (checks % kCallerChecksBeforeYield == 0) std::this_thread::yield();
  }
  regions_alone_ = by_others == 0 ? regions_alone_ + 1 : 0;
}

/// Runs the shares of `region` that nobody has taken, from `first` on and round.
/// @return how many. Once all are taken and done a caller may publish the next region, in which
/// taken_ holds no `region - 1` any more: whoever comes late finds nothing.
int ThreadPool::TakeShares(int first, uint32_t region) {
  int count = 0;
  for (int i = 0; i < threads(); ++i) {
    const int share = first + i < threads() ? first + i : first + i - threads();
    std::atomic<uint32_t>& taken = taken_[static_cast<size_t>(share)];
    uint32_t before = region - 1;
    if (taken.load(std::memory_order_relaxed) == before &&
        taken.compare_exchange_strong(before, region, std::memory_order_acquire)) {
      call_(context_, share);
      ++count;
    }
  }
  return count;
}

void ThreadPool::WorkerLoop(int worker) {
  uint32_t region = 0;
  for (;;) {
    region = AwaitRegion(region);
    if (stop_.load()) return;
    const int done = TakeShares(worker, region);
    if (done > 0) done_by_others_.fetch_add(done, std::memory_order_release);
  }
}

/// Returns the number of a region other than `seen`: spins, then sleeps.
uint32_t ThreadPool::AwaitRegion(uint32_t seen) {
  const auto deadline = std::chrono::steady_clock::now() + kSpin;
  for (int checks = 1;; ++checks) {
    const uint32_t region = region_.load();
    if (region != seen) return region;
    Pause();
    if (checks % kWorkerChecksBeforeYield != 0) continue;
    std::this_thread::yield();
    if (std::chrono::steady_clock::now() > deadline) region_.wait(seen);
  }
}

}  // namespace kani
