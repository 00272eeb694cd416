// What the connections of one server share; only the units that know Beast include this.
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "apps/server/application.h"
#include "apps/server/http_server.h"
#include "apps/server/worker_pool.h"

namespace kani::server {

/// One connection, whatever it speaks.
class Connection {
 public:
  virtual ~Connection() = default;
  /// Closes it as soon as it has nothing to finish, or now. From any thread.
  virtual void Stop(bool now) = 0;
};

struct Transport {
  Transport(const TransportOptions& transport_options, Application& served, WorkerPool& pool)
      : options(transport_options), application(served), workers(pool) {}

  const TransportOptions options;
  Application& application;
  WorkerPool& workers;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null: plain
  std::atomic<int64_t> connections{0};
  std::atomic<bool> stopping{false};

  void Add(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex_);
    std::erase_if(open_, [](const auto& weak) { return weak.expired(); });
    open_.push_back(connection);
  }
  void StopAll(bool now) {
    std::vector<std::shared_ptr<Connection>> all;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& weak : open_) {
        if (auto connection = weak.lock()) all.push_back(std::move(connection));
      }
    }
    for (const auto& connection : all) connection->Stop(now);
  }

 private:
  std::mutex mutex_;
  std::vector<std::weak_ptr<Connection>> open_;
};

/// Counts a connection as long as it lives.
class ConnectionCount {
 public:
  explicit ConnectionCount(Transport& transport) : transport_(&transport) {
    ++transport.connections;
  }
  ConnectionCount(ConnectionCount&& other) noexcept
      : transport_(std::exchange(other.transport_, nullptr)) {}
  ConnectionCount& operator=(ConnectionCount&&) = delete;
  ~ConnectionCount() {
    if (transport_ != nullptr) --transport_->connections;
  }

 private:
  Transport* transport_;
};

/// 16 random hexadecimal digits.
std::string NewRequestId();

// Each in a unit of its own: Beast's templates are heavy.
void ServePlain(boost::asio::ip::tcp::socket socket, Transport& transport);
void ServeTls(boost::asio::ip::tcp::socket socket, Transport& transport);

}  // namespace kani::server
