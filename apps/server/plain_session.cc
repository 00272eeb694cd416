#include <boost/asio/ip/tcp.hpp>
#include <functional>

#include "apps/server/http_transport.h"

namespace kani::server {
namespace {

template <typename Done>
void ShutDown(boost::asio::ip::tcp::socket& socket, const Done& done) {
  boost::system::error_code ignored;
  socket.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  done();
}

}  // namespace
}  // namespace kani::server

#include "apps/server/http_session-inl.h"

namespace kani::server {

void ServePlain(boost::asio::ip::tcp::socket socket, Transport& transport) {
  const auto session = std::make_shared<HttpSession<boost::asio::ip::tcp::socket>>(
      std::move(socket), transport, ConnectionCount(transport));
  transport.Add(session);
  session->Start();
}

}  // namespace kani::server
