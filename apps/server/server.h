// The whole server: what it is made of, and its life.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "apps/server/guard.h"
#include "apps/server/http_server.h"
#include "apps/server/model_pool.h"
#include "apps/server/speech.h"
#include "apps/server/speech_request.h"
#include "apps/server/voices_api.h"
#include "apps/server/wyoming_server.h"

namespace kani::server {

struct ServerOptions {
  ModelPoolOptions models;
  std::filesystem::path voice_folder;  ///< of the users' voices; need not exist
  SpeechLimits speech;
  SpeechRules rules;
  UploadLimits uploads;
  GuardOptions guard;
  TransportOptions http;
  std::optional<WyomingOptions> wyoming;
};

class Server {
 public:
  /// Reads the configurations of the models and listens. Throws as ModelPool and HttpServer do.
  explicit Server(const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Loads the default model; until then what is asked waits for it, and /readyz says no. Throws
  /// ApiError.
  void Load();
  uint16_t port() const;
  /// 0 where it was not asked for.
  uint16_t wyoming_port() const;
  int64_t connections() const;
  SpeechDesk& desk();
  /// Finishes what was begun, as long as `grace`.
  void Stop(std::chrono::milliseconds grace);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::server
