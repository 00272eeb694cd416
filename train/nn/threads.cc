#include "train/nn/threads.h"

#include <ATen/Parallel.h>

#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace kani::train {

namespace {

/// Threads that wait for their end.
class Waiting {
 public:
  ~Waiting() {
    end_.set_value();
    for (std::thread& thread : threads_) thread.join();
  }
  /// Throws std::system_error.
  void Add() {
    threads_.emplace_back([ended = ended_] { ended.wait(); });
  }

 private:
  std::promise<void> end_;
  std::shared_future<void> ended_ = end_.get_future().share();
  std::vector<std::thread> threads_;
};

}  // namespace

void UseThreads(int threads) {
  // LibTorch keeps two pools, of which the caller is one thread each.
  const int needed = 2 * (threads - 1);
  int started = 0;
  try {
    Waiting waiting;
    for (; started < needed; ++started) waiting.Add();
  } catch (const std::system_error& error) {
    Fail(ErrorCode::kResourceExhausted, "to compute with ", threads, " threads takes ", needed,
         " more; after ", started, ": ", error.code().message());
  }
  at::set_num_threads(threads);
  at::parallel_for(0, threads, 1, [](int64_t, int64_t) {});  // else the second pool comes later
}

}  // namespace kani::train
