// Second tries after what may pass, with waits that can be interrupted and are told.
#pragma once

#include <functional>
#include <string>

#include "base/log.h"
#include "hub/http.h"
#include "hub/settings.h"

namespace kani::hub {

/// How work that takes long reports and is stopped. Called by the thread that does the work.
struct Activity {
  std::function<bool()> cancelled;                      ///< never empty
  std::function<void(const std::string& why)> waiting;  ///< never empty; "" when going on
  WarningSink warn;                                     ///< a line may come several times
};

/// Counts failures in a row and waits after each.
class Retry {
 public:
  Retry(const Settings& settings, const Activity& activity)
      : settings_(settings), activity_(activity) {}

  /// Waits what the server asks for, or 1, 2, 4, 8, 8 s. Throws `error` on after the last try, or
  /// when the server wants more patience than ten minutes; kCancelled.
  void AfterFailure(const TransientError& error);
  /// Something came: the count begins anew.
  void Succeeded() { failures_ = 0; }

 private:
  void Wait(int64_t wait_ms, const std::string& why);
  const Settings& settings_;
  const Activity& activity_;
  int failures_ = 0;
};

/// Calls `work` until it throws no TransientError.
template <typename Work>
auto WithRetries(const Settings& settings, const Activity& activity, Work work) {
  Retry retry(settings, activity);
  while (true) {
    try {
      return work();
    } catch (const TransientError& error) {
      retry.AfterFailure(error);
    }
  }
}

}  // namespace kani::hub
