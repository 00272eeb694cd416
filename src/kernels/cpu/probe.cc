#include "kernels/probe.h"

#include <algorithm>
#include <atomic>
#include <chrono>

#include "base/thread_pool.h"
#include "kernels/cpu/isas.h"
#include "kernels/cpu/memory.h"

namespace kani::kernels {
namespace {

// Larger than any last-level cache that one process has to itself.
constexpr int64_t kReadBytes = int64_t{640} << 20;
// Read at a time. Short pieces, of which the best counts, since others may use the machine.
constexpr int64_t kPieceBytes = int64_t{32} << 20;
constexpr int kReadPieces = 60;
constexpr int64_t kFmaSteps = 400'000;
constexpr int kFmaPasses = 40;

/// The shortest time of task(pass, worker) over `passes` runs on all threads of `pool`.
template <typename Task>
double BestSeconds(ThreadPool& pool, int passes, const Task& task) {
  double best = 1e30;
  for (int pass = 0; pass < passes; ++pass) {
    const auto start = std::chrono::steady_clock::now();
    pool.Run([&](int worker) { task(pass, worker); });
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
  const int64_t share = kPieceBytes / pool.threads() / 256 * 256;
  // Untouched pages would all be the one zero page.
  std::fill_n(memory.get(), kReadBytes, uint8_t{1});
  std::atomic<float> used = 0;  // so that the reads cannot be dropped
  const double seconds = BestSeconds(pool, kReadPieces, [&](int pass, int worker) {
    const int64_t piece = pass * kPieceBytes % kReadBytes;
    used = table.read_probe(memory.get() + piece + worker * share, share);
  });
  return static_cast<double>(share * pool.threads()) / seconds;
}

double FmaFlopsPerSecond(int threads) {
  const KernelTable& table = FindTable({});
  ThreadPool pool(threads);
  double operations = 0;
  const double seconds = BestSeconds(pool, kFmaPasses, [&](int, int worker) {
    const double own = table.fma_probe(kFmaSteps);
    if (worker == 0) operations = own;
  });
  return operations * pool.threads() / seconds;
}

}  // namespace kani::kernels
