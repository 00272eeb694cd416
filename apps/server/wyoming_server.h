// The Wyoming protocol on a port of its own, for Home Assistant: describe, synthesize, and the
// streaming form synthesize-start, -chunk, -stop. It knows neither keys nor TLS.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "apps/server/speech.h"

namespace kani::server {

struct WyomingOptions {
  std::string host = "127.0.0.1";  ///< an address; "localhost" is 127.0.0.1
  uint16_t port = 10200;           ///< 0 = any that is free
  size_t max_connections = 32;
  size_t max_characters = 4096;  ///< of one request, or that wait of one that streams
  std::chrono::seconds idle{300};
  std::chrono::seconds slow_reader{60};
};

class WyomingServer {
 public:
  /// Listens at once. Throws kInvalidArgument for an address that is none, kIo where it cannot be
  /// bound.
  WyomingServer(const WyomingOptions& options, SpeechDesk& desk);
  /// Ends what is under way.
  ~WyomingServer();
  WyomingServer(const WyomingServer&) = delete;
  WyomingServer& operator=(const WyomingServer&) = delete;

  uint16_t port() const;
  /// Takes no more connections and finishes what was begun, as long as `grace`.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::server
