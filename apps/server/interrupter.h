// Ends a request before its end: what it waits for looks at the token, who ends it says why.
#pragma once

#include <atomic>
#include <stop_token>

namespace kani::server {

enum class Interruption { kNone, kAsked, kClientLeft, kSlowReader, kTimeLimit, kShutdown };

/// Thread-safe. The first reason counts.
class Interrupter {
 public:
  void Interrupt(Interruption why) {
    Interruption none = Interruption::kNone;
    why_.compare_exchange_strong(none, why);
    source_.request_stop();
  }
  Interruption why() const { return why_.load(); }
  /// For std::stop_callback, which is called at once if it is too late already.
  std::stop_token token() const { return source_.get_token(); }

 private:
  std::atomic<Interruption> why_{Interruption::kNone};
  std::stop_source source_;
};

}  // namespace kani::server
