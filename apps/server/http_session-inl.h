// One HTTP connection: reads requests one after the other, hands each to a worker, and sends what
// that makes. While the worker is at it, the connection is read on, so that a client that leaves is
// noticed at once. Everything of a session runs on its strand, but for Answer and Send.
#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "apps/server/api_error.h"
#include "apps/server/http_head.h"
#include "apps/server/http_transport.h"
#include "apps/server/outbox.h"
#include "apps/server/websocket_session-inl.h"

namespace kani::server {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

/// @tparam Stream asio's socket, or TLS over one.
template <typename Stream>
class HttpSession : public Connection, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  HttpSession(Stream stream, Transport& transport, ConnectionCount count)
      : stream_(std::move(stream)),
        transport_(transport),
        count_(std::move(count)),
        timer_(stream_.get_executor()) {}

  Stream& stream() { return stream_; }

  void Start() {
    asio::post(stream_.get_executor(), [self = Self()] { self->ReadHead(); });
  }

  void Stop(bool now) override {
    asio::post(stream_.get_executor(), [self = Self(), now] {
      if (now) return self->Close(Interruption::kShutdown);
      if (self->stage_ == Stage::kIdle) return self->Close(Interruption::kShutdown);
      self->keep_alive_ = false;
    });
  }

 private:
  enum class Stage { kIdle, kBody, kAnswer, kEnd };
  using Parser = http::request_parser<http::string_body>;

  std::shared_ptr<HttpSession> Self() { return this->shared_from_this(); }

  /// Closes the connection unless something else was armed until then.
  void Arm(std::chrono::seconds seconds, Interruption why) {
    timer_.expires_after(seconds);
    timer_.async_wait([self = Self(), why](beast::error_code error) {
      if (!error && self->timer_.expiry() <= asio::steady_timer::clock_type::now()) {
        self->Close(why);
      }
    });
  }

  void ReadHead() {
    if (closed_) return;
    if (transport_.stopping) return Close(Interruption::kShutdown);
    stage_ = Stage::kIdle;
    request_ = {};
    request_.id = NewRequestId();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(transport_.options.max_header_bytes));
    // Looked at when the head is there. Not boost::none, which Beast 1.74 takes for a limit of 0.
    parser_->body_limit(std::numeric_limits<std::uint64_t>::max());
    Arm(transport_.options.idle, Interruption::kClientLeft);
    http::async_read_header(
        stream_, buffer_, *parser_,
        [self = Self()](beast::error_code error, size_t) { self->OnHead(error); });
  }

  void OnHead(beast::error_code error) {
    if (closed_) return;
    if (error) return OnReadError(error);
    stage_ = Stage::kBody;
    const auto& head = parser_->get();
    keep_alive_ = head.keep_alive() && !transport_.stopping;
    http_1_1_ = head.version() >= 11;
    request_.method = std::string(head.method_string());
    request_.target = std::string(head.target());
    for (const auto& field : head) {
      request_.headers.Add(std::string(field.name_string()), std::string(field.value()));
    }
    const auto path =
        PercentDecoded(std::string_view(request_.target).substr(0, request_.target.find('?')));
    if (!path) return Refuse(ApiError(400, "invalid_path", "the path is not valid"));
    if (const char* fault = FaultOf(head)) return Refuse(ApiError(400, "invalid_http", fault));
    request_.path = *path;
    if (auto refusal = transport_.application.Refuse(request_)) return Refuse(std::move(*refusal));
    if (beast::websocket::is_upgrade(head)) return Upgrade();
    ReadBody();
  }

  /// What a proxy in front may understand otherwise than Beast does, which would let one request
  /// hide another. RFC 9112, 3.2 and 6.1. Null where there is nothing.
  const char* FaultOf(const http::request_header<>& head) const {
    const auto hosts = head.count(http::field::host);
    if (hosts > 1 || (http_1_1_ && hosts == 0)) return "expected one Host header";
    const auto coding = head.find(http::field::transfer_encoding);
    if (coding == head.end()) return nullptr;
    if (head.count(http::field::transfer_encoding) > 1 ||
        !beast::iequals(coding->value(), "chunked")) {
      return "the only Transfer-Encoding here is chunked";
    }
    return head.count(http::field::content_length) > 0
               ? "expected a Content-Length or a Transfer-Encoding, not both"
               : nullptr;
  }

  void ReadBody() {
    const size_t limit = transport_.application.BodyLimit(request_);
    const auto length = parser_->content_length();
    if (length && *length > limit) return RefuseBody(limit);
    parser_->body_limit(limit);
    body_limit_ = limit;
    Arm(transport_.options.body, Interruption::kTimeLimit);
    const auto expect = request_.headers.Find("Expect");
    if (expect && EqualNoCase(*expect, "100-continue") && buffer_.size() == 0) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      asio::async_write(stream_, asio::buffer(kContinue),
                        [self = Self()](beast::error_code error, size_t) {
                          if (error) return self->Close(Interruption::kClientLeft);
                          self->ReadRest();
                        });
    } else {
      ReadRest();
    }
  }

  void ReadRest() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = Self()](beast::error_code error, size_t) { self->OnBody(error); });
  }

  void OnBody(beast::error_code error) {
    if (closed_) return;
    if (error == http::error::body_limit) return RefuseBody(body_limit_);
    if (error) return OnReadError(error);
    timer_.cancel();
    request_.body = std::move(parser_->get().body());
    stage_ = Stage::kAnswer;
    Watch();
    transport_.workers.Run(
        [self = Self()] { self->Answer(self->transport_.application.Handle(self->request_)); });
  }

  void Upgrade() {
    if (!transport_.application.TakesWebSocket(request_)) {
      return Refuse(ApiError(404, "unknown_url", "there is no WebSocket at that path"));
    }
    timer_.cancel();
    stage_ = Stage::kEnd;
    closed_ = true;  // what follows is another's
    auto session = std::make_shared<WebSocketSession<Stream>>(
        std::move(stream_), transport_, std::move(count_), std::move(request_));
    transport_.Add(session);
    session->Start(parser_->release());
  }

  void OnReadError(beast::error_code error) {
    static const auto& of_http = http::make_error_code(http::error::end_of_stream).category();
    if (error.category() != of_http || error == http::error::end_of_stream ||
        error == http::error::partial_message) {
      return Close(Interruption::kClientLeft);
    }
    if (error == http::error::header_limit) {
      return Refuse(ApiError(431, "header_too_large",
                             StrCat("the head of a request may have ",
                                    transport_.options.max_header_bytes, " bytes")));
    }
    Refuse(ApiError(400, "invalid_http", "this is not HTTP: " + error.message()));
  }

  void RefuseBody(size_t limit) {
    Refuse(ApiError(413, "body_too_large",
                    StrCat("the body of this request may have ", limit, " bytes")));
  }
  void Refuse(const ApiError& error) { Refuse(ErrorResponse(error)); }
  /// The rest of the request is not read, so nothing may follow it.
  void Refuse(Response response) {
    keep_alive_ = false;
    stage_ = Stage::kAnswer;
    lingers_ = true;
    timer_.cancel();
    transport_.application.Finish(request_, response);
    const bool head = request_.method == "HEAD";
    outbox_.Push({HeadBytes(response, Framing::kLength, false) + (head ? "" : response.body)});
    finished_ = true;
    Flush();
  }

  /// On a worker.
  void Answer(Response response) {
    transport_.application.Finish(request_, response);
    const bool head_only = request_.method == "HEAD";
    const bool streams = response.stream && !head_only;
    const Framing framing =
        !response.stream ? Framing::kLength : (http_1_1_ ? Framing::kChunks : Framing::kClose);
    if (transport_.stopping || framing == Framing::kClose) keep_alive_ = false;
    bool whole = false;
    try {
      std::string head = HeadBytes(response, framing, keep_alive_);
      if (!streams && !head_only) head += response.body;
      Send(std::move(head));
      if (streams) {
        Writer writer(*this, framing);
        response.stream(writer);
        if (framing == Framing::kChunks) Send(std::string(kLastChunk));
      }
      whole = true;
    } catch (...) {  // the client sees a body that does not end
      keep_alive_ = false;
    }
    response = {};  // what it holds of the engine, before the next request
    asio::post(stream_.get_executor(), [self = Self(), whole] {
      self->finished_ = true;
      self->broken_ = !whole;
      self->Flush();
    });
  }

  class Writer : public BodyWriter {
   public:
    Writer(HttpSession& session, Framing framing) : session_(session), framing_(framing) {}
    void Write(std::string_view bytes) override {
      session_.Send(framing_ == Framing::kChunks ? Chunk(bytes) : std::string(bytes));
    }

   private:
    HttpSession& session_;
    Framing framing_;
  };

  /// On a worker.
  void Send(std::string bytes) {
    outbox_.Push({std::move(bytes)});
    asio::post(stream_.get_executor(), [self = Self()] { self->Flush(); });
  }

  void Flush() {
    if (closed_ || writing_) return;
    const bool last = finished_;
    sending_ = outbox_.PopAll();
    if (sending_.empty()) {
      if (last) OnAnswered();
      return;
    }
    writing_ = true;
    WriteRest(0);
  }

  /// In parts, so that the clock of a slow reader starts anew whenever he has taken something.
  void WriteRest(size_t from) {
    Arm(transport_.options.slow_reader, Interruption::kSlowReader);
    stream_.async_write_some(asio::buffer(sending_) + from,
                             [self = Self(), from](beast::error_code error, size_t count) {
                               if (error) return self->Close(Interruption::kClientLeft);
                               if (self->closed_) return;
                               if (from + count < self->sending_.size()) {
                                 return self->WriteRest(from + count);
                               }
                               self->timer_.cancel();
                               self->writing_ = false;
                               self->Flush();
                             });
  }

  void OnAnswered() {
    finished_ = false;
    if (broken_) return Close(Interruption::kNone);
    if (!keep_alive_) return End();
    if (!watching_) return ReadHead();
    // The read that is under way brings the next request.
    stage_ = Stage::kIdle;
    if (transport_.stopping) return Close(Interruption::kShutdown);
    Arm(transport_.options.idle, Interruption::kClientLeft);
  }

  /// Reads on while a request is answered; not once a next one has begun to arrive, which waits its
  /// turn.
  void Watch() {
    if (watching_ || closed_ || buffer_.size() > 0) return;
    watching_ = true;
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = Self()](beast::error_code error, size_t count) {
                              self->watching_ = false;
                              if (self->closed_) return;
                              if (self->stage_ == Stage::kEnd) return self->OnLingered(error);
                              if (error) return self->Close(Interruption::kClientLeft);
                              self->buffer_.commit(count);
                              if (self->stage_ == Stage::kIdle) return self->ReadHead();
                              self->Watch();
                            });
  }

  /// Says that nothing follows, and reads what is still on its way, at most for a moment: closing
  /// at once could take the answer away from the client again.
  void End() {
    stage_ = Stage::kEnd;
    Arm(std::chrono::seconds(2), Interruption::kNone);
    ShutDown(stream_, [self = Self()] {
      if (self->closed_) return;
      if (!self->lingers_) return self->Close(Interruption::kNone);
      self->buffer_.clear();
      self->Watch();
    });
  }
  void OnLingered(beast::error_code error) {
    lingered_bytes_ += 4096;
    if (error || lingered_bytes_ > (64u << 20)) return Close(Interruption::kNone);
    Watch();
  }

  void Close(Interruption why) {
    if (closed_) return;
    closed_ = true;
    request_.interrupter->Interrupt(why);
    outbox_.Close();
    timer_.cancel();
    beast::error_code ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }

  Stream stream_;
  Transport& transport_;
  ConnectionCount count_;
  asio::steady_timer timer_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  Request request_;  // a worker reads it while the stage is kAnswer
  Outbox outbox_;
  std::string sending_;
  Stage stage_ = Stage::kIdle;
  size_t body_limit_ = 0;
  size_t lingered_bytes_ = 0;
  std::atomic<bool> keep_alive_{false};
  bool http_1_1_ = true;
  bool lingers_ = false;
  bool watching_ = false;
  bool writing_ = false;
  bool finished_ = false;  // nothing more comes into the outbox
  bool broken_ = false;
  bool closed_ = false;
};

}  // namespace kani::server
