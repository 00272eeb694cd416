// A server on loopback with the small model, and a client of bare sockets.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "apps/server/message.h"
#include "apps/server/server.h"
#include "base/testing.h"

namespace kani::server {

/// Blocks, but never longer than a minute.
class TestSocket {
 public:
  explicit TestSocket(uint16_t port, int receive_buffer = 0) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    const timeval minute{.tv_sec = 60, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &minute, sizeof(minute));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  }
  ~TestSocket() { Close(); }
  TestSocket(const TestSocket&) = delete;
  TestSocket& operator=(const TestSocket&) = delete;

  bool connected() const { return connected_; }
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// No more will be sent; the other side may still answer.
  void EndSending() { ::shutdown(fd_, SHUT_WR); }
  void Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  /// At most `size` bytes; fewer at the end only.
  std::string Read(size_t size) {
    while (buffer_.size() < size && Receive()) continue;
    std::string bytes = buffer_.substr(0, size);
    buffer_.erase(0, bytes.size());
    return bytes;
  }
  /// Up to and with `end`; all that came if it never does.
  std::string ReadUntil(std::string_view end) {
    size_t found = buffer_.find(end);
    while (found == std::string::npos && Receive()) found = buffer_.find(end);
    return Read(found == std::string::npos ? buffer_.size() : found + end.size());
  }
  std::string ReadAll() {
    while (Receive()) continue;
    return std::exchange(buffer_, {});
  }

 private:
  bool Receive() {
    char bytes[16 << 10];
    const ssize_t count = ::recv(fd_, bytes, sizeof(bytes), 0);
    if (count > 0) buffer_.append(bytes, static_cast<size_t>(count));
    return count > 0;
  }

  int fd_ = -1;
  bool connected_ = false;
  std::string buffer_;
};

struct Answer {
  int status = 0;
  Headers headers;
  std::string body;
  bool whole = false;  ///< its end came
  nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
};

inline std::string RequestBytes(const std::string& method, const std::string& path,
                                const std::string& body = "", const std::string& headers = "") {
  std::string bytes = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
  if (!body.empty()) {
    if (headers.find("Content-Type") == std::string::npos) {
      bytes += "Content-Type: application/json\r\n";
    }
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  }
  return bytes + "\r\n" + body;
}

inline Answer ReadHead(TestSocket& socket) {
  Answer answer;
  std::string head = socket.ReadUntil("\r\n\r\n");
  if (!head.starts_with("HTTP/1.1 ")) return answer;
  answer.status = std::atoi(head.c_str() + 9);
  for (size_t at = head.find("\r\n") + 2; at + 2 < head.size();) {
    const size_t end = head.find("\r\n", at), colon = head.find(": ", at);
    answer.headers.Add(head.substr(at, colon - at), head.substr(colon + 2, end - colon - 2));
    at = end + 2;
  }
  return answer;
}

inline void ReadBody(TestSocket& socket, Answer& answer) {
  if (answer.headers.Find("Transfer-Encoding")) {
    for (;;) {
      const std::string line = socket.ReadUntil("\r\n");
      if (line.empty()) return;
      const size_t size = std::strtoul(line.c_str(), nullptr, 16);
      const std::string chunk = socket.Read(size + 2);
      if (chunk.size() < size + 2) return;
      answer.body += chunk.substr(0, size);
      if (size == 0) break;
    }
    answer.whole = true;
  } else if (const auto length = answer.headers.Find("Content-Length")) {
    const size_t size = std::strtoul(std::string(*length).c_str(), nullptr, 10);
    answer.body = socket.Read(size);
    answer.whole = answer.body.size() == size;
  }
}

inline Answer Exchange(TestSocket& socket, const std::string& bytes) {
  socket.Send(bytes);
  Answer answer = ReadHead(socket);
  if (!bytes.starts_with("HEAD ")) ReadBody(socket, answer);
  return answer;
}

/// Waits for a condition that another thread brings about.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

class ServerTest : public testing::Test {
 protected:
  ServerOptions Options() {
    ServerOptions options;
    options.models.sources = {{"mini", model::FindModel({.search_path = {KANI_MODELS}})}};
    options.models.threads = 1;
    options.voice_folder = folder_ / "voices";
    options.http.max_connections = 32;
    return options;
  }
  void Start(const ServerOptions& options) {
    server_ = std::make_unique<Server>(options);
    server_->Load();
  }
  void Start() { Start(Options()); }

  Answer Ask(const std::string& method, const std::string& path, const std::string& body = "",
             const std::string& headers = "") {
    TestSocket socket(server_->port());
    return Exchange(socket, RequestBytes(method, path, body, headers));
  }
  Answer Post(const nlohmann::json& body, const std::string& path = "/v1/audio/speech") {
    return Ask("POST", path, body.dump());
  }

  /// Short, and the same each time.
  static nlohmann::json Short() {
    return {
        {"input", "Hello, how are you?"}, {"voice", "heart"}, {"seed", 7}, {"max_seconds", 0.8}};
  }
  /// So much speech that nobody reads it by accident.
  static nlohmann::json Long() {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "This sentence is as long as a piece. ";
    return {{"input", text},
            {"voice", "heart"},
            {"seed", 7},
            {"response_format", "pcm"},
            {"sample_rate", 192000}};
  }

  TestFolder folder_;
  std::unique_ptr<Server> server_;
};

}  // namespace kani::server
