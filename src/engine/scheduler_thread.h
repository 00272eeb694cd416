// The thread that drives a scheduler, where a caller asks for one.
#pragma once

#include <atomic>
#include <thread>

#include "engine/scheduler.h"

namespace kani::engine {

/// Steps the scheduler as long as it lives, and sleeps while there is nothing to do. One at a time;
/// meanwhile nobody else calls Step.
class SchedulerThread {
 public:
  /// Throws kResourceExhausted when the system refuses a thread.
  explicit SchedulerThread(Scheduler& scheduler);
  /// After the step that is under way. What is not over waits for another to drive it.
  ~SchedulerThread();
  SchedulerThread(const SchedulerThread&) = delete;
  SchedulerThread& operator=(const SchedulerThread&) = delete;

 private:
  void Drive();

  Scheduler& scheduler_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace kani::engine
