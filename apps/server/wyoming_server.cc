#include "apps/server/wyoming_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <list>
#include <mutex>
#include <thread>
#include <utility>

#include "apps/server/wyoming_session.h"
#include "base/error.h"

namespace kani::server {
namespace {

constexpr int kPollMs = 100;

/// Owns a socket.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

void SetTimeout(int fd, int option, std::chrono::seconds seconds) {
  const timeval time{.tv_sec = seconds.count(), .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, option, &time, sizeof(time));
}

Socket Listen(const WyomingOptions& options, uint16_t* port) {
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  sockaddr_storage address{};
  socklen_t length = sizeof(sockaddr_in);
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(options.port);
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(options.port);
    length = sizeof(sockaddr_in6);
  } else {
    Fail(ErrorCode::kInvalidArgument, Quoted(options.host),
         ": expected an address of this machine, such as 127.0.0.1, 0.0.0.0 or ::1");
  }
  Socket listener(::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  ::setsockopt(listener.fd(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
  if (::bind(listener.fd(), reinterpret_cast<sockaddr*>(&address), length) != 0 ||
      ::listen(listener.fd(), SOMAXCONN) != 0 ||
      ::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    Fail(ErrorCode::kIo, "cannot listen on ", options.host, " port ", options.port, ": ",
         std::strerror(errno));
  }
  *port = ntohs(address.ss_family == AF_INET ? v4.sin_port : v6.sin6_port);
  return listener;
}

}  // namespace

struct WyomingServer::Impl {
  /// One client and the thread that reads what it says.
  struct Client {
    explicit Client(Socket accepted) : socket(std::move(accepted)) {}
    Socket socket;
    std::mutex sending;
    std::atomic<bool> over{false};
    std::thread thread;
  };

  Impl(const WyomingOptions& wyoming_options, SpeechDesk& speech_desk)
      : options(wyoming_options), desk(speech_desk), listener(Listen(options, &port)) {
    thread = std::thread([this] { Accept(); });
  }

  void Accept() {
    while (!stopping) {
      pollfd waiting{.fd = listener.fd(), .events = POLLIN, .revents = 0};
      const bool ready = ::poll(&waiting, 1, kPollMs) > 0;
      const std::lock_guard lock(mutex);
      clients.remove_if([](auto& client) {
        if (!client.over) return false;
        client.thread.join();
        return true;
      });
      if (!ready) continue;
      Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
      if (socket.fd() < 0 || clients.size() >= options.max_connections) continue;
      const int yes = 1;
      ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
      SetTimeout(socket.fd(), SO_RCVTIMEO, options.idle);
      SetTimeout(socket.fd(), SO_SNDTIMEO, options.slow_reader);
      Client& client = clients.emplace_back(std::move(socket));
      try {
        client.thread = std::thread([this, &client] { Serve(client); });
      } catch (const std::system_error&) {
        clients.pop_back();
      }
    }
  }

  void Send(Client& client, const WyomingEvent& event) {
    const std::string bytes = WyomingBytes(event);
    const std::lock_guard lock(client.sending);
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count =
          ::send(client.socket.fd(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        ::shutdown(client.socket.fd(), SHUT_RDWR);  // wakes who reads
        Fail(ErrorCode::kCancelled, "nobody reads the answer any more");
      }
      sent += static_cast<size_t>(count);
    }
  }

  void Serve(Client& client) {
    {
      WyomingSession session(desk, options.max_characters,
                             [&](const WyomingEvent& event) { Send(client, event); });
      try {
        Read(client, session);
      } catch (const Error&) {  // what it says is no Wyoming, or it reads no more
      } catch (const std::exception&) {
      }
      if (!stopping || closing) session.Leave(Interruption::kClientLeft);
    }
    ::shutdown(client.socket.fd(), SHUT_RDWR);
    client.over = true;
  }

  void Read(Client& client, WyomingSession& session) {
    WyomingReader reader;
    char buffer[16 << 10];
    for (;;) {
      const ssize_t count = ::recv(client.socket.fd(), buffer, sizeof(buffer), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return;
      reader.Append({buffer, static_cast<size_t>(count)});
      while (const auto event = reader.Next()) session.Obey(*event);
    }
  }

  /// @param how SHUT_RD lets them finish, SHUT_RDWR ends them.
  void ShutDown(int how) {
    const std::lock_guard lock(mutex);
    for (Client& client : clients) ::shutdown(client.socket.fd(), how);
  }

  bool AllOver() {
    const std::lock_guard lock(mutex);
    return std::ranges::all_of(clients, [](const Client& client) { return client.over.load(); });
  }

  const WyomingOptions options;
  SpeechDesk& desk;
  uint16_t port = 0;
  Socket listener;
  std::atomic<bool> stopping{false};
  std::atomic<bool> closing{false};
  std::mutex mutex;
  std::list<Client> clients;
  std::thread thread;
};

WyomingServer::WyomingServer(const WyomingOptions& options, SpeechDesk& desk)
    : impl_(std::make_unique<Impl>(options, desk)) {}

WyomingServer::~WyomingServer() { Stop(std::chrono::milliseconds(0)); }

uint16_t WyomingServer::port() const { return impl_->port; }

void WyomingServer::Stop(std::chrono::milliseconds grace) {
  impl_->stopping = true;
  if (impl_->thread.joinable()) impl_->thread.join();
  impl_->ShutDown(SHUT_RD);
  const auto until = std::chrono::steady_clock::now() + grace;
  while (!impl_->AllOver() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  impl_->closing = true;
  impl_->ShutDown(SHUT_RDWR);
  for (auto& client : impl_->clients) {
    if (client.thread.joinable()) client.thread.join();
  }
}

}  // namespace kani::server
