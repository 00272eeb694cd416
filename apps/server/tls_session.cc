#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "apps/server/http_transport.h"

namespace kani::server {
namespace {

using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

template <typename Done>
void ShutDown(TlsStream& stream, const Done& done) {
  stream.async_shutdown([done](boost::system::error_code) { done(); });
}

}  // namespace
}  // namespace kani::server

#include "apps/server/http_session-inl.h"

namespace kani::server {

void ServeTls(boost::asio::ip::tcp::socket socket, Transport& transport) {
  const auto session = std::make_shared<HttpSession<TlsStream>>(
      TlsStream(std::move(socket), *transport.tls), transport, ConnectionCount(transport));
  transport.Add(session);
  const auto timer = std::make_shared<boost::asio::steady_timer>(session->stream().get_executor());
  timer->expires_after(transport.options.handshake);
  timer->async_wait([session](boost::system::error_code error) {
    if (!error) session->Stop(/*now=*/true);
  });
  session->stream().async_handshake(boost::asio::ssl::stream_base::server,
                                    [session, timer](boost::system::error_code error) {
                                      timer->cancel();
                                      if (error) return session->Stop(/*now=*/true);
                                      session->Start();
                                    });
}

}  // namespace kani::server
