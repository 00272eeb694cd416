// What the transport asks of the server behind it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "apps/server/message.h"

namespace kani::server {

struct WebSocketMessage {
  std::string bytes;
  bool binary = false;
};

/// One open WebSocket.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// Waits for the next message; nothing once it is closed. From one thread.
  virtual std::optional<WebSocketMessage> Receive() = 0;
  /// From any thread. Waits while too much was not sent. Throws kCancelled once it is closed.
  virtual void Send(std::string bytes, bool binary) = 0;
};

/// Its methods are called from many threads at once.
class Application {
 public:
  virtual ~Application() = default;

  /// Looks at the head alone, before a body is read: what must not go on. Never waits.
  virtual std::optional<Response> Refuse(const Request& head) = 0;
  /// Bytes that the body of this request may have.
  virtual size_t BodyLimit(const Request& head) const = 0;
  /// Never throws. May wait.
  virtual Response Handle(const Request& request) = 0;
  /// For every answer, also those that the transport makes: headers that all have, and counting.
  virtual void Finish(const Request& request, Response& response) = 0;

  /// Whether a WebSocket may be opened there.
  virtual bool TakesWebSocket(const Request& head) const = 0;
  /// Serves it until it is closed; closes it by returning. Never throws.
  virtual void Serve(const Request& request, WebSocket& socket) = 0;
};

}  // namespace kani::server
