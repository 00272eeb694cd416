#include "engine/scheduler_thread.h"

#include <system_error>

#include "base/error.h"

namespace kani::engine {

SchedulerThread::SchedulerThread(Scheduler& scheduler) : scheduler_(scheduler) {
  if (scheduler.driven_.exchange(true)) {
    Fail(ErrorCode::kInvalidArgument, "a thread drives this scheduler already");
  }
  try {
    thread_ = std::thread([this] { Drive(); });
  } catch (const std::system_error& error) {
    scheduler.driven_.store(false);
    Fail(ErrorCode::kResourceExhausted, "cannot start the thread of the scheduler: ", error.what());
  }
}

SchedulerThread::~SchedulerThread() {
  stop_.store(true);
  scheduler_.Wake();
  thread_.join();
  scheduler_.driven_.store(false);
}

void SchedulerThread::Drive() {
  while (!stop_.load()) {
    const uint32_t rings = scheduler_.rings();
    if (!scheduler_.Step()) scheduler_.WaitForWork(rings);
  }
}

}  // namespace kani::engine
