#include "hub/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include "base/error.h"
#include "hub/problem.h"

namespace kani::hub {

struct Url::Handle {
  Handle() : url(curl_url()) {
    if (url == nullptr) Fail(ErrorCode::kResourceExhausted, "no memory for an address");
  }
  explicit Handle(const Handle& other) : url(curl_url_dup(other.url)) {
    if (url == nullptr) Fail(ErrorCode::kResourceExhausted, "no memory for an address");
  }
  ~Handle() { curl_url_cleanup(url); }
  Handle& operator=(const Handle&) = delete;

  std::string Get(CURLUPart part, unsigned flags = 0) const {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return {};
    std::string out(text);
    curl_free(text);
    return out;
  }

  /// Throws unless `text`, absolute or relative to what is here, is an address we may ask.
  void Set(const std::string& text, std::string_view whose) const {
    const CURLUcode code = curl_url_set(url, CURLUPART_URL, text.c_str(), CURLU_DISALLOW_USER);
    if (code != CURLUE_OK) {
      FailHub(Problem::kHostile, whose,
              ": no address that may be asked: ", curl_url_strerror(code));
    }
    const std::string scheme = Get(CURLUPART_SCHEME);
    if (scheme != "https" && scheme != "http") {
      FailHub(Problem::kHostile, whose, ": address of scheme ", Quoted(scheme),
              ", expected https or http");
    }
  }

  CURLU* url;
};

Url Url::Parse(const std::string& text, std::string_view whose) {
  auto handle = std::make_shared<Handle>();
  handle->Set(text, whose);
  return Url(std::move(handle));
}

Url Url::Redirected(const std::string& location) const {
  auto handle = std::make_shared<Handle>(*handle_);
  const std::string whose = Shown() + " redirects";
  handle->Set(location, whose);
  const Url target(std::move(handle));
  if (IsHttps() && !target.IsHttps()) {
    FailHub(Problem::kHostile, whose, " from https to ", Quoted(target.Shown()));
  }
  return target;
}

std::string Url::Full() const { return handle_->Get(CURLUPART_URL); }

std::string Url::Shown() const {
  const Handle copy(*handle_);
  curl_url_set(copy.url, CURLUPART_QUERY, nullptr, 0);
  curl_url_set(copy.url, CURLUPART_FRAGMENT, nullptr, 0);
  return copy.Get(CURLUPART_URL);
}

std::string Url::Host() const { return handle_->Get(CURLUPART_HOST); }

std::string Url::Origin() const {
  std::string host = Host();
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return StrCat(handle_->Get(CURLUPART_SCHEME), "://", host, ":",
                handle_->Get(CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

bool Url::IsHttps() const { return handle_->Get(CURLUPART_SCHEME) == "https"; }

bool Url::IsLoopback() const {
  const std::string host = Host();
  in_addr address{};
  if (::inet_pton(AF_INET, host.c_str(), &address) == 1) {
    return (ntohl(address.s_addr) >> 24) == 127;
  }
  return host == "localhost" || host == "[::1]";
}

std::string PercentEncoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += "0123456789ABCDEF"[byte >> 4];
      out += "0123456789ABCDEF"[byte & 15];
    }
  }
  return out;
}

}  // namespace kani::hub
