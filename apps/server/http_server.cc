#include "apps/server/http_server.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <cstdio>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "apps/server/http_transport.h"
#include "base/error.h"

namespace kani::server {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr int kIoThreads = 2;

tcp::endpoint EndpointOf(const TransportOptions& options) {
  boost::system::error_code error;
  const auto address =
      asio::ip::make_address(options.host == "localhost" ? "127.0.0.1" : options.host, error);
  if (error) {
    Fail(ErrorCode::kInvalidArgument, Quoted(options.host),
         ": expected an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::1");
  }
  return {address, options.port};
}

std::unique_ptr<asio::ssl::context> TlsOf(const TransportOptions& options) {
  if (options.certificate.empty() && options.key.empty()) return nullptr;
  if (options.certificate.empty() || options.key.empty()) {
    Fail(ErrorCode::kInvalidArgument, "TLS needs a certificate and its key, one is missing");
  }
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_2_VERSION);
  boost::system::error_code error;
  tls->use_certificate_chain_file(options.certificate.string(), error);
  if (error) {
    Fail(ErrorCode::kInvalidFile, Quoted(options.certificate.string()),
         ": not a certificate in PEM: ", error.message());
  }
  tls->use_private_key_file(options.key.string(), asio::ssl::context::pem, error);
  if (error) {
    Fail(ErrorCode::kInvalidFile, Quoted(options.key.string()),
         ": not the key of that certificate: ", error.message());
  }
  return tls;
}

}  // namespace

std::string NewRequestId() {
  static thread_local std::mt19937_64 random{[] {
    std::random_device device;
    return (uint64_t{device()} << 32) | device();
  }()};
  char text[20];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(random()));
  return text;
}

struct HttpServer::Impl {
  Impl(const TransportOptions& options, Application& application, WorkerPool& workers)
      : transport(options, application, workers) {
    transport.tls = TlsOf(options);
    const tcp::endpoint endpoint = EndpointOf(options);
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      Fail(ErrorCode::kIo, "cannot listen on ", options.host, " port ", options.port, ": ",
           error.message());
    }
    port = acceptor.local_endpoint().port();
    Accept();
    for (int i = 0; i < kIoThreads; ++i) threads.emplace_back([this] { context.run(); });
  }

  void Accept() {
    acceptor.async_accept(
        asio::make_strand(context), [this](boost::system::error_code error, tcp::socket socket) {
          if (!acceptor.is_open() || error == asio::error::operation_aborted) return;
          if (error) return AcceptLater();  // no file handles, say
          if (static_cast<size_t>(transport.connections) < transport.options.max_connections) {
            boost::system::error_code ignored;
            socket.set_option(tcp::no_delay(true), ignored);
            if (transport.tls) {
              ServeTls(std::move(socket), transport);
            } else {
              ServePlain(std::move(socket), transport);
            }
          }
          Accept();
        });
  }

  void AcceptLater() {
    retry.expires_after(std::chrono::milliseconds(100));
    retry.async_wait([this](boost::system::error_code error) {
      if (!error && acceptor.is_open()) Accept();
    });
  }

  bool WaitForConnections(std::chrono::milliseconds longest) const {
    const auto until = std::chrono::steady_clock::now() + longest;
    while (transport.connections > 0) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  Transport transport;
  asio::io_context context{kIoThreads};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  tcp::acceptor acceptor{asio::make_strand(context)};
  asio::steady_timer retry{acceptor.get_executor()};
  std::vector<std::thread> threads;
  uint16_t port = 0;
};

HttpServer::HttpServer(const TransportOptions& options, Application& application,
                       WorkerPool& workers)
    : impl_(std::make_unique<Impl>(options, application, workers)) {}

HttpServer::~HttpServer() {
  Stop(std::chrono::milliseconds(0));
  impl_->work.reset();
  impl_->context.stop();
  for (std::thread& thread : impl_->threads) thread.join();
}

uint16_t HttpServer::port() const { return impl_->port; }

int64_t HttpServer::connections() const { return impl_->transport.connections; }

void HttpServer::Stop(std::chrono::milliseconds grace) {
  impl_->transport.stopping = true;
  asio::post(impl_->acceptor.get_executor(), [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    impl->retry.cancel();
  });
  impl_->transport.StopAll(/*now=*/false);
  if (impl_->WaitForConnections(grace)) return;
  // A worker may still be at what cannot be interrupted, such as loading a model.
  do {
    impl_->transport.StopAll(/*now=*/true);
  } while (!impl_->WaitForConnections(std::chrono::milliseconds(200)));
}

}  // namespace kani::server
