#include "kernels/probe.h"

#include <algorithm>
#include <chrono>

#include "base/thread_pool.h"
#include "kernels/cpu/isas.h"
#include "kernels/cpu/memory.h"

namespace kani::kernels {
namespace {

// Larger than any last-level cache that one process has to itself.
constexpr int64_t kReadBytes = int64_t{640} << 20;
constexpr int64_t kFmaSteps = 4'000'000;
constexpr int kPasses = 5;  // the best counts: others may use the machine

/// The shortest time of task over kPasses runs on all threads of `pool`.
template <typename Task>
double BestSeconds(ThreadPool& pool, const Task& task) {
  double best = 1e30;
  for (int pass = 0; pass < kPasses; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    pool.Run(task);
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

}  // namespace

double ReadBandwidthBytesPerSecond(int threads) {
  const KernelTable& table = FindTable({});
  ThreadPool pool(threads);
  const Memory memory = AllocateZeroed(static_cast<size_t>(kReadBytes));
  const int64_t share = kReadBytes / pool.threads() / 256 * 256;
  // Untouched pages would all be the one zero page.
  std::fill_n(memory.get(), kReadBytes, uint8_t{1});
  volatile float used = 0;
  const double seconds = BestSeconds(
      pool, [&](int worker) { used = table.read_probe(memory.get() + worker * share, share); });
  return static_cast<double>(share * pool.threads()) / seconds;
}

double FmaFlopsPerSecond(int threads) {
  const KernelTable& table = FindTable({});
  ThreadPool pool(threads);
  double operations = 0;
  const double seconds = BestSeconds(pool, [&](int worker) {
    const double own = table.fma_probe(kFmaSteps);
    if (worker == 0) operations = own;
  });
  return operations * pool.threads() / seconds;
}

}  // namespace kani::kernels
