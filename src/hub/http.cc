#include "hub/http.h"

#include <curl/curl.h>

#include <array>
#include <utility>

namespace kani::hub {
namespace {

constexpr int kMaxRedirects = 10;
constexpr size_t kMaxHeaderBytes = 256u << 10;
constexpr size_t kMaxErrorBytes = 64u << 10;  // of a body that only explains a status
constexpr long kBufferBytes = 512 << 10;      // the largest that libcurl takes

void InitialiseCurl() {
  // Once in a process, whichever thread comes first; never undone, as other threads may use it.
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (code != CURLE_OK) Fail(ErrorCode::kUnsupported, "libcurl: ", curl_easy_strerror(code));
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// A name that cannot be found or a certificate that is wrong may be so for a moment only in the
/// first case.
bool MayPass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

/// A proxy's address without the user and password that it may hold.
std::string WithoutUser(std::string proxy) {
  const size_t at = proxy.rfind('@');
  if (at == proxy.npos) return proxy;
  const size_t scheme = proxy.find("://");
  return proxy.substr(0, scheme == proxy.npos ? 0 : scheme + 3) + proxy.substr(at + 1);
}

}  // namespace

std::string HttpReply::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string() : found->second;
}

struct HttpClient::Easy {
  Easy() : handle(curl_easy_init()) {
    if (handle == nullptr) Fail(ErrorCode::kResourceExhausted, "no memory for a connection");
  }
  ~Easy() {
    curl_easy_cleanup(handle);
    curl_slist_free_all(request_headers);
  }
  CURL* handle;
  curl_slist* request_headers = nullptr;
  std::array<char, CURL_ERROR_SIZE> error{};
};

/// What the callbacks of one request share. No exception may pass through libcurl: it is kept.
struct HttpClient::Request {
  size_t max_bytes = 0;
  BodySink* sink = nullptr;
  uint64_t first = 0;
  const std::function<bool()>* cancelled = nullptr;

  CURL* handle = nullptr;
  HttpReply reply;
  size_t header_bytes = 0;
  bool sink_began = false;
  bool body_cut = false;  // enough was read of a body that only explains a status
  std::exception_ptr failure;

  bool GoesToSink() const {
    return sink != nullptr && (reply.status == 200 || reply.status == 206);
  }

  void BeginSink() {
    if (!std::exchange(sink_began, true)) sink->Begin(reply);
  }

  void OnHeader(std::string_view line) {
    header_bytes += line.size();
    if (header_bytes > kMaxHeaderBytes) {
      FailHub(Problem::kHostile, reply.url, ": over ", kMaxHeaderBytes, " bytes of headers");
    }
    if (line.starts_with("HTTP/")) {  // also after "100 Continue"
      reply.headers.clear();
      return;
    }
    if (line.starts_with(' ') || line.starts_with('\t')) return;  // obsolete folding
    const size_t colon = line.find(':');
    if (colon == line.npos) return;
    std::string name(line.substr(0, colon));
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    line.remove_prefix(colon + 1);
    const size_t begin = line.find_first_not_of(" \t\r\n");
    std::string& value = reply.headers[name];
    if (begin == line.npos) return;
    if (!value.empty()) value += ", ";
    value += line.substr(begin, line.find_last_not_of(" \t\r\n") - begin + 1);
  }

  /// @return whether more is wanted
  bool OnBody(std::span<const std::byte> bytes) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
    if (GoesToSink()) {
      BeginSink();
      sink->Write(bytes);
      return true;
    }
    const size_t limit = reply.status == 200 ? max_bytes : kMaxErrorBytes;
    if (reply.body.size() + bytes.size() > limit) {
      if (reply.status == 200) {
        FailHub(Problem::kHostile, reply.url, ": answer of over ", limit, " bytes");
      }
      body_cut = true;
      return false;
    }
    reply.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return true;
  }

  static size_t HeaderCallback(char* data, size_t size, size_t count, void* self) {
    auto* request = static_cast<Request*>(self);
    try {
      request->OnHeader({data, size * count});
      return size * count;
    } catch (...) {
      request->failure = std::current_exception();
      return 0;
    }
  }

  static size_t BodyCallback(char* data, size_t size, size_t count, void* self) {
    auto* request = static_cast<Request*>(self);
    try {
      const bool more = request->OnBody(std::as_bytes(std::span(data, size * count)));
      return more ? size * count : CURL_WRITEFUNC_ERROR;
    } catch (...) {
      request->failure = std::current_exception();
      return CURL_WRITEFUNC_ERROR;
    }
  }

  static int ProgressCallback(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto* request = static_cast<Request*>(self);
    try {
      return *request->cancelled && (*request->cancelled)() ? 1 : 0;
    } catch (...) {
      request->failure = std::current_exception();
      return 1;
    }
  }
};

HttpClient::HttpClient(const Settings& settings, std::function<bool()> cancelled)
    : settings_(settings),
      token_(settings.token),
      cancelled_(std::move(cancelled)),
      endpoint_(Url::Parse(settings.endpoint, "the endpoint")) {
  InitialiseCurl();
  easy_ = std::make_unique<Easy>();
}

HttpClient::~HttpClient() = default;

bool HttpClient::MaySendToken() const {
  return !token_.empty() && (endpoint_.IsHttps() || endpoint_.IsLoopback());
}

HttpReply HttpClient::Get(const std::string& url, size_t max_bytes) {
  Request request{.max_bytes = max_bytes};
  return Follow(url, &request);
}

HttpReply HttpClient::Download(const std::string& url, uint64_t first, BodySink* sink) {
  Request request{.max_bytes = kMaxErrorBytes, .sink = sink, .first = first};
  return Follow(url, &request);
}

HttpReply HttpClient::Follow(const std::string& text, Request* request) {
  Url url = Url::Parse(text, "the hub");
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    HttpReply reply = PerformOnce(url, request);
    const std::string location = reply.Header("location");
    if (!IsRedirect(reply.status) || location.empty()) return reply;
    url = url.Redirected(location);
  }
  FailHub(Problem::kHostile, url.Shown(), ": over ", kMaxRedirects, " redirects");
}

void HttpClient::SetOptions(const Url& url, Request* request, bool with_token) {
  CURL* handle = easy_->handle;
  curl_easy_reset(handle);  // keeps connections
  curl_slist_free_all(std::exchange(easy_->request_headers, nullptr));
  const auto add_header = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(easy_->request_headers, line.c_str());
    if (longer == nullptr) Fail(ErrorCode::kResourceExhausted, "no memory for a request");
    easy_->request_headers = longer;
  };
  // A body packed on the way would have no length, and another hash.
  add_header("Accept-Encoding: identity");
  if (with_token) add_header("Authorization: Bearer " + token_);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, easy_->request_headers);

  curl_easy_setopt(handle, CURLOPT_URL, url.Full().c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(handle, CURLOPT_REDIR_PROTOCOLS_STR, "https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_USERAGENT, settings_.user_agent.c_str());
  // Both are always set, for libcurl would look at the environment otherwise.
  const std::string& proxy = url.IsHttps() ? settings_.proxies.https : settings_.proxies.http;
  curl_easy_setopt(handle, CURLOPT_PROXY, proxy.c_str());
  curl_easy_setopt(handle, CURLOPT_NOPROXY, settings_.proxies.no_proxy.c_str());
  curl_easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!settings_.ca_bundle.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, settings_.ca_bundle.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(settings_.connect_timeout_s));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(settings_.stall_timeout_s));
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, easy_->error.data());
  if (request->first > 0) {
    curl_easy_setopt(handle, CURLOPT_RANGE, StrCat(request->first, "-").c_str());
  }

  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &Request::HeaderCallback);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, request);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Request::BodyCallback);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, request);
  curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, &Request::ProgressCallback);
  curl_easy_setopt(handle, CURLOPT_XFERINFODATA, request);
  curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
}

HttpReply HttpClient::PerformOnce(const Url& url, Request* request) {
  const bool from_endpoint = url.Origin() == endpoint_.Origin();
  const bool with_token = from_endpoint && MaySendToken();
  request->reply = {.url = url.Shown(), .from_endpoint = from_endpoint, .sent_token = with_token};
  request->header_bytes = 0;
  request->body_cut = false;
  request->handle = easy_->handle;
  request->cancelled = &cancelled_;
  SetOptions(url, request, with_token);
  easy_->error[0] = '\0';

  const CURLcode code = curl_easy_perform(easy_->handle);
  if (request->failure) std::rethrow_exception(std::exchange(request->failure, nullptr));
  if (code == CURLE_ABORTED_BY_CALLBACK) Fail(ErrorCode::kCancelled, "interrupted");
  if (code != CURLE_OK && !request->body_cut) FailTransport(url, code, easy_->error.data());
  long status = 0;
  curl_easy_getinfo(easy_->handle, CURLINFO_RESPONSE_CODE, &status);
  request->reply.status = static_cast<int>(status);
  if (request->GoesToSink()) request->BeginSink();  // an empty file
  return std::move(request->reply);
}

void HttpClient::FailTransport(const Url& url, int code, const char* text) const {
  const auto curl_code = static_cast<CURLcode>(code);
  const std::string& proxy = url.IsHttps() ? settings_.proxies.https : settings_.proxies.http;
  std::string message = StrCat("cannot reach ", url.Host(), ": ",
                               *text != '\0' ? text : curl_easy_strerror(curl_code));
  if (!proxy.empty()) message += StrCat(" (by the proxy ", WithoutUser(proxy), ")");
  long proxy_status = 0;  // of CONNECT: a proxy that wants a password does so again
  curl_easy_getinfo(easy_->handle, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
  const bool proxy_refuses = proxy_status >= 400 && proxy_status <= 501;
  if (MayPass(curl_code) && !proxy_refuses)
    throw TransientError(Problem::kUnreachable, std::move(message));
  throw HubError(Problem::kUnreachable, std::move(message));
}

}  // namespace kani::hub
