// One WebSocket: a worker serves it, this reads and writes for him. Everything runs on the strand
// of the connection, but for Receive and Send.
#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket.hpp>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "apps/server/http_transport.h"
#include "apps/server/outbox.h"

namespace kani::server {

template <typename Stream>
class WebSocketSession : public Connection,
                         public WebSocket,
                         public std::enable_shared_from_this<WebSocketSession<Stream>> {
 public:
  using Upgrade = boost::beast::http::request<boost::beast::http::string_body>;

  WebSocketSession(Stream stream, Transport& transport, ConnectionCount count, Request request)
      : socket_(std::move(stream)),
        transport_(transport),
        count_(std::move(count)),
        timer_(socket_.get_executor()),
        request_(std::move(request)) {}

  void Start(Upgrade upgrade) {
    namespace websocket = boost::beast::websocket;
    socket_.set_option(websocket::stream_base::timeout::suggested(boost::beast::role_type::server));
    socket_.auto_fragment(false);  // a message is a frame
    socket_.read_message_max(transport_.options.max_message_bytes);
    upgrade_ = std::move(upgrade);
    socket_.async_accept(upgrade_, [self = Self()](boost::beast::error_code error) {
      if (error) return self->Close();
      self->Read();
      self->transport_.workers.Run([self] {
        self->transport_.application.Serve(self->request_, *self);
        boost::asio::post(self->socket_.get_executor(), [self] {
          self->served_ = true;
          self->Flush();
        });
      });
    });
  }

  void Stop(bool now) override {
    boost::asio::post(socket_.get_executor(), [self = Self(), now] {
      self->CloseInbox();  // who serves it finishes what was begun
      if (now) self->Close();
    });
  }

  std::optional<WebSocketMessage> Receive() override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return inbox_closed_ || !inbox_.empty(); });
    if (inbox_.empty()) return {};
    WebSocketMessage message = std::move(inbox_.front());
    inbox_.pop_front();
    if (inbox_.size() + 1 == kMaxInbox) {
      boost::asio::post(socket_.get_executor(), [self = Self()] { self->Read(); });
    }
    return message;
  }

  void Send(std::string bytes, bool binary) override {
    outbox_.Push({std::move(bytes), binary});
    boost::asio::post(socket_.get_executor(), [self = Self()] { self->Flush(); });
  }

 private:
  static constexpr size_t kMaxInbox = 16;

  std::shared_ptr<WebSocketSession> Self() { return this->shared_from_this(); }

  void Read() {
    if (closed_ || reading_) return;
    reading_ = true;
    socket_.async_read(buffer_, [self = Self()](boost::beast::error_code error, size_t) {
      self->reading_ = false;
      if (error) return self->Close();
      self->OnMessage();
    });
  }

  void OnMessage() {
    bool full = false;
    {
      const std::lock_guard lock(mutex_);
      const auto data = buffer_.data();
      inbox_.push_back(
          {std::string(static_cast<const char*>(data.data()), data.size()), socket_.got_binary()});
      full = inbox_.size() >= kMaxInbox;
      changed_.notify_all();
    }
    buffer_.consume(buffer_.size());
    if (!full) Read();
  }

  void Flush() {
    if (closed_ || writing_) return;
    const bool last = served_;
    auto item = outbox_.Pop();
    if (!item) {
      if (last) SayGoodbye();
      return;
    }
    writing_ = true;
    sending_ = std::move(item->bytes);
    socket_.binary(item->binary);
    Arm();
    socket_.async_write(boost::asio::buffer(sending_),
                        [self = Self()](boost::beast::error_code error, size_t) {
                          self->writing_ = false;
                          self->timer_.cancel();
                          if (error) return self->Close();
                          self->Flush();
                        });
  }

  void Arm() {
    timer_.expires_after(transport_.options.slow_reader);
    timer_.async_wait([self = Self()](boost::beast::error_code error) {
      if (!error && self->timer_.expiry() <= boost::asio::steady_timer::clock_type::now()) {
        self->request_.interrupter->Interrupt(Interruption::kSlowReader);
        self->Close();
      }
    });
  }

  void SayGoodbye() {
    if (std::exchange(saying_goodbye_, true)) return;
    Arm();
    socket_.async_close(boost::beast::websocket::close_code::normal,
                        [self = Self()](boost::beast::error_code) { self->Close(); });
  }

  void CloseInbox() {
    const std::lock_guard lock(mutex_);
    inbox_closed_ = true;
    changed_.notify_all();
  }

  void Close() {
    if (std::exchange(closed_, true)) return;
    request_.interrupter->Interrupt(transport_.stopping ? Interruption::kShutdown
                                                        : Interruption::kClientLeft);
    CloseInbox();
    outbox_.Close();
    timer_.cancel();
    boost::beast::error_code ignored;
    boost::beast::get_lowest_layer(socket_).close(ignored);
  }

  boost::beast::websocket::stream<Stream> socket_;
  Transport& transport_;
  ConnectionCount count_;
  boost::asio::steady_timer timer_;
  const Request request_;
  Upgrade upgrade_;
  boost::beast::flat_buffer buffer_;
  Outbox outbox_;
  std::string sending_;
  bool reading_ = false;
  bool writing_ = false;
  bool served_ = false;
  bool saying_goodbye_ = false;
  bool closed_ = false;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<WebSocketMessage> inbox_;
  bool inbox_closed_ = false;
};

}  // namespace kani::server
