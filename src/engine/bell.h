// What one thread rings and another waits for: nothing that rang since the count was read is
// missed.
#pragma once

#include <atomic>
#include <cstdint>

namespace kani::engine {

/// Thread-safe.
class Bell {
 public:
  void Ring() {
    rings_.fetch_add(1);
    rings_.notify_all();
  }
  uint32_t rings() const { return rings_.load(); }
  /// Returns once it has rung since `rings` was read.
  void Wait(uint32_t rings) const { rings_.wait(rings); }

 private:
  std::atomic<uint32_t> rings_{0};
};

}  // namespace kani::engine
