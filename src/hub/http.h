// GET over HTTP by libcurl: redirects by hand, the token to its own origin only, limits on
// everything a server can send. One request, no second try: that is hub/retry.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hub/problem.h"
#include "hub/settings.h"
#include "hub/url.h"

namespace kani::hub {

/// The last answer of a chain of redirects.
struct HttpReply {
  int status = 0;
  std::string url;             ///< as it may be shown
  bool from_endpoint = false;  ///< of the origin of the endpoint, and not of a CDN
  bool sent_token = false;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< empty if it went to a sink

  /// Empty if there is none.
  std::string Header(const std::string& name) const;
};

/// A failure that may pass: cut connections, 429, 5xx.
class TransientError : public HubError {
 public:
  TransientError(Problem problem, std::string message, std::optional<int> wait_s = std::nullopt)
      : HubError(problem, std::move(message)), wait_s_(wait_s) {}
  /// What the server asks for, if it does.
  std::optional<int> wait_s() const { return wait_s_; }

 private:
  std::optional<int> wait_s_;
};

/// Takes the body of a 200 or 206. What it throws ends the request and reaches its caller.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Once, before the first byte.
  virtual void Begin(const HttpReply& head) = 0;
  virtual void Write(std::span<const std::byte> bytes) = 0;
};

/// One connection after another; used by one thread at a time.
class HttpClient {
 public:
  /// @param cancelled asked during requests, at least once a second; may be empty
  /// Throws kInvalidArgument for an endpoint that is no address.
  HttpClient(const Settings& settings, std::function<bool()> cancelled);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Body in memory, up to `max_bytes` (more is kHostile for a 200, cut off for the rest). Any
  /// status is returned. Throws TransientError and HubError kUnreachable, kHostile; kCancelled.
  HttpReply Get(const std::string& url, size_t max_bytes);
  /// Body of a 200 or 206 to `sink`, from byte `first` on (if the server wants to); else as Get.
  HttpReply Download(const std::string& url, uint64_t first, BodySink* sink);

  /// From now on requests carry no token.
  void ForgetToken() { token_.clear(); }
  /// Whether there is a token that the endpoint may be sent: over https, or to this machine.
  bool MaySendToken() const;
  const Url& endpoint() const { return endpoint_; }

 private:
  struct Request;
  HttpReply Follow(const std::string& url, Request* request);
  HttpReply PerformOnce(const Url& url, Request* request);
  void SetOptions(const Url& url, Request* request, bool with_token);
  [[noreturn]] void FailTransport(const Url& url, int code, const char* text) const;

  Settings settings_;
  std::string token_;
  std::function<bool()> cancelled_;
  Url endpoint_;
  struct Easy;
  std::unique_ptr<Easy> easy_;
};

}  // namespace kani::hub
