#include "apps/server/server.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "apps/server/info_api.h"
#include "apps/server/router.h"
#include "apps/server/speech_api.h"
#include "apps/server/studio.h"
#include "apps/server/websocket_api.h"

namespace kani::server {
namespace {

constexpr size_t kMaxJsonBytes = 1 << 20;
constexpr std::chrono::milliseconds kWatchInterval{200};

/// Calls something now and then, on a thread of its own.
class Watchman {
 public:
  explicit Watchman(std::function<void()> round) : round_(std::move(round)) {
    thread_ = std::thread([this] { Watch(); });
  }
  ~Watchman() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }
  Watchman(const Watchman&) = delete;
  Watchman& operator=(const Watchman&) = delete;

 private:
  void Watch() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, kWatchInterval, [this] { return stop_; })) round_();
  }

  std::function<void()> round_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stop_ = false;
  std::thread thread_;
};

/// The scheduler takes what the desk lets through.
ModelPoolOptions WithLimits(ModelPoolOptions models, const SpeechLimits& limits) {
  models.limits.streams = limits.streams;
  models.limits.requests = limits.streams + limits.queue;
  return models;
}

}  // namespace

struct Server::Impl : Application {
  explicit Impl(const ServerOptions& server_options)
      : options(server_options),
        pool(WithLimits(options.models, options.speech)),
        library(options.voice_folder, options.models.warn),
        desk(pool, library, metrics, options.speech),
        guard(options.guard),
        workers(options.http.max_connections) {
    AddSpeechRoutes(router, desk, options.rules);
    AddVoiceRoutes(router, desk, options.uploads);
    AddInfoRoutes(router, desk, options.rules, state);
    AddStudioRoutes(router, StudioFiles());
    state.connections = [this] {  // the first may be there before we know the listener
      const HttpServer* server = listening.load();
      return server == nullptr ? 0 : server->connections();
    };
    http = std::make_unique<HttpServer>(options.http, *this, workers);
    listening = http.get();
    if (options.wyoming) wyoming = std::make_unique<WyomingServer>(*options.wyoming, desk);
    watchman = std::make_unique<Watchman>([this] {
      desk.Watch();
      pool.UnloadIdle();
    });
  }

  std::optional<Response> Refuse(const Request& head) override { return guard.Check(head); }

  size_t BodyLimit(const Request& head) const override {
    return head.path == "/v1/audio/voices" ? options.uploads.bytes : kMaxJsonBytes;
  }

  Response Handle(const Request& request) override { return router.Handle(request); }

  void Finish(const Request& request, Response& response) override {
    guard.Finish(request, response);
    metrics.CountRequest(router.RouteOf(request.path), response.status);
    if (!response.error_code.empty()) metrics.CountError(response.error_code);
  }

  bool TakesWebSocket(const Request& head) const override { return RulesOf(head) != nullptr; }
  void Serve(const Request& request, WebSocket& socket) override {
    ServeSpeechSocket(desk, *RulesOf(request), request, socket);
  }
  /// Null where there is no WebSocket.
  const SocketRules* RulesOf(const Request& request) const {
    if (request.path == "/v1/audio/speech/stream") return &socket_rules;
    return request.path == "/v1/ws/speech" ? &original_socket_rules : nullptr;
  }

  const ServerOptions options;
  const SocketRules socket_rules{.speech = options.rules, .default_rate_hz = kOpenAiRateHz};
  const SocketRules original_socket_rules{.speech = options.rules};
  Metrics metrics;
  ModelPool pool;
  VoiceLibrary library;
  SpeechDesk desk;
  const Guard guard;
  ServerState state;
  Router router;
  WorkerPool workers;
  std::unique_ptr<HttpServer> http;
  std::atomic<const HttpServer*> listening{nullptr};
  std::unique_ptr<WyomingServer> wyoming;
  std::unique_ptr<Watchman> watchman;
};

Server::Server(const ServerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
Server::~Server() = default;

void Server::Load() {
  impl_->pool.Get(impl_->pool.models().front());
  impl_->state.ready = true;
}

uint16_t Server::port() const { return impl_->http->port(); }
uint16_t Server::wyoming_port() const { return impl_->wyoming ? impl_->wyoming->port() : 0; }
int64_t Server::connections() const { return impl_->http->connections(); }
SpeechDesk& Server::desk() { return impl_->desk; }

void Server::Stop(std::chrono::milliseconds grace) {
  impl_->state.stopping = true;
  const auto until = std::chrono::steady_clock::now() + grace;
  impl_->http->Stop(grace);
  if (!impl_->wyoming) return;
  impl_->wyoming->Stop(
      std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(
                                                 until - std::chrono::steady_clock::now())));
}

}  // namespace kani::server
