// What is to be sent on one connection: filled by those who make it, emptied by the socket.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

namespace kani::server {

/// Thread-safe.
class Outbox {
 public:
  struct Item {
    std::string bytes;
    bool binary = false;  ///< of a WebSocket
  };

  /// Waits while kLimitBytes or more were not sent. Throws kCancelled once it is closed.
  void Push(Item item);
  /// The next one, if there is one.
  std::optional<Item> Pop();
  /// All that is there, as one.
  std::string PopAll();
  /// Nobody reads any more: whoever waits to push gets an error.
  void Close();

  static constexpr size_t kLimitBytes = 256 << 10;

 private:
  std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Item> items_;
  size_t bytes_ = 0;
  bool closed_ = false;
};

}  // namespace kani::server
