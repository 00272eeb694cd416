#include "hub/crew.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

namespace kani::hub {

struct Crew::State {
  explicit State(const PullHooks& hooks) : hooks(hooks) {
    activity.cancelled = [this] { return stop.load(); };
    activity.waiting = [this](const std::string& why) {
      const std::lock_guard lock(mutex);
      waiting = why;
    };
    activity.warn = [this](std::string_view line) {
      const std::lock_guard lock(mutex);
      if (warned.emplace(line).second) warnings.emplace_back(line);
    };
  }

  /// Without the lock: hooks may take their time.
  void CallHooks(const std::function<PullProgress()>& progress) {
    std::vector<std::string> lines;
    PullProgress now = progress();
    {
      const std::lock_guard lock(mutex);
      lines.swap(warnings);
      now.waiting = waiting;
    }
    for (const std::string& line : lines) Warn(hooks.warn, line);
    if (hooks.progress) hooks.progress(now);
    if (hooks.cancelled && hooks.cancelled()) stop = true;
  }

  const PullHooks& hooks;
  Activity activity;
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable ended;
  int running = 0;  // guarded, as all below
  std::string waiting;
  std::vector<std::string> warnings;  // not yet shown
  std::set<std::string> warned;       // each line once
  std::exception_ptr failure;         // the first
};

Crew::Crew(const PullHooks& hooks) : state_(std::make_unique<State>(hooks)) {}
Crew::~Crew() = default;

const Activity& Crew::activity() const { return state_->activity; }

void Crew::Run(int threads, const std::function<void()>& work,
               const std::function<PullProgress()>& progress) {
  State& state = *state_;
  const auto keep_failure = [&] {
    const std::lock_guard lock(state.mutex);
    if (!state.failure) state.failure = std::current_exception();
    state.stop = true;
  };
  const auto body = [&] {
    try {
      work();
    } catch (...) {
      keep_failure();
    }
    const std::lock_guard lock(state.mutex);
    --state.running;
    state.ended.notify_one();
  };
  std::vector<std::jthread> workers;
  state.running = threads;
  for (int i = 0; i < threads; ++i) workers.emplace_back(body);
  for (bool done = false; !done;) {
    try {
      state.CallHooks(progress);
    } catch (...) {
      keep_failure();
    }
    std::unique_lock lock(state.mutex);
    done = state.ended.wait_for(lock, std::chrono::milliseconds(100),
                                [&] { return state.running == 0; });
  }
  workers.clear();
  state.CallHooks(progress);
  if (state.failure) std::rethrow_exception(state.failure);
  if (state.stop) Fail(ErrorCode::kCancelled, "interrupted");
}

}  // namespace kani::hub
