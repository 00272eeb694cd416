// Threads that work while the thread that called keeps its user informed: hooks are called there
// alone.
#pragma once

#include <functional>
#include <memory>

#include "hub/pull.h"
#include "hub/retry.h"

namespace kani::hub {

class Crew {
 public:
  explicit Crew(const PullHooks& hooks);
  ~Crew();

  /// For the workers; thread-safe.
  const Activity& activity() const;
  /// Calls `work` on `threads` threads and returns when all have ended. The first Error that one
  /// throws asks the others to stop and is thrown here; so is what a hook throws.
  /// @param progress asked about ten times a second; `waiting` is filled in
  void Run(int threads, const std::function<void()>& work,
           const std::function<PullProgress()>& progress);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kani::hub
