// Sockets: HTTP/1.1 and WebSockets on one port, plain or by TLS, in front of an Application.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "apps/server/application.h"
#include "apps/server/worker_pool.h"

namespace kani::server {

struct TransportOptions {
  std::string host = "127.0.0.1";          ///< an address; "localhost" is 127.0.0.1
  uint16_t port = 0;                       ///< 0 = any that is free
  std::filesystem::path certificate, key;  ///< PEM; both or none
  size_t max_connections = 256;
  size_t max_header_bytes = 16 << 10;
  size_t max_message_bytes = 1 << 20;  ///< of a WebSocket
  std::chrono::seconds handshake{10};
  std::chrono::seconds idle{75};         ///< until the head of the next request is there
  std::chrono::seconds body{120};        ///< until a body is there
  std::chrono::seconds slow_reader{60};  ///< without a byte that the client takes
};

class HttpServer {
 public:
  /// Listens at once. Throws kInvalidArgument for an address that is none, kIo where it cannot be
  /// bound, kInvalidFile for a certificate that cannot be used.
  HttpServer(const TransportOptions& options, Application& application, WorkerPool& workers);
  /// Closes what is open.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  uint16_t port() const;
  int64_t connections() const;
  /// Takes no more connections, closes those that wait for a request, and lets the others finish
  /// what they are at; as long as `grace`, then closes them too. Returns when all are closed.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::server
