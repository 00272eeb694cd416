#include "apps/server/guard.h"

#include <arpa/inet.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "apps/server/api_error.h"

namespace kani::server {
namespace {

constexpr size_t kShortestKey = 8;
// What probes ask without a key.
constexpr std::string_view kOpenPaths[] = {"/healthz", "/readyz"};

/// What a page may load: nothing but what this server serves.
constexpr char kContentSecurityPolicy[] =
    "default-src 'self'; media-src 'self' blob:; img-src 'self' data: blob:; worker-src 'self' "
    "blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view HeaderOf(const Request& request, std::string_view name) {
  return request.headers.Find(name).value_or("");
}

bool IsPublic(const Request& request) {
  return std::ranges::find(kOpenPaths, request.path) != std::end(kOpenPaths);
}

/// The page itself holds nothing secret, and asks for the key. What it calls needs it.
bool NeedsKey(const Request& request) {
  return !IsPublic(request) && request.path != "/" && !request.path.starts_with("/studio/");
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

}  // namespace

std::vector<std::string> ParseApiKeys(std::string_view text, const std::string& source) {
  std::vector<std::string> keys;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = Trimmed(line);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    if (line.size() < kShortestKey ||
        !std::ranges::all_of(line, [](char c) { return c > ' ' && c < '\x7f'; })) {
      Fail(ErrorCode::kInvalidFile, source, ": a key has at least ", kShortestKey,
           " characters, printable and without blanks; one line does not");
    }
    keys.emplace_back(line);
  }
  return keys;
}

std::string HostName(std::string_view host) {
  if (host.starts_with('[')) return Lower(host.substr(1, host.find(']') - 1));
  return Lower(host.substr(0, host.find(':')));
}

bool IsAddress(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

Guard::Guard(const GuardOptions& options) : options_(options) {
  for (const std::string& key : options_.api_keys) keys_.push_back(DigestOf(key));
  for (std::string& name : options_.host_names) name = Lower(name);
  for (std::string& origin : options_.cors_origins) {
    if (origin.ends_with('/')) origin.pop_back();  // an origin has none, what is copied has
  }
}

Guard::Digest Guard::DigestOf(std::string_view text) {
  Digest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

bool Guard::KnowsKey(const Request& request) const {
  std::string_view key = HeaderOf(request, "Authorization");
  if (key.size() > 7 && EqualNoCase(key.substr(0, 7), "Bearer ")) key.remove_prefix(7);
  const Digest digest = DigestOf(Trimmed(key));
  bool known = false;
  for (const Digest& other : keys_) {  // all of them, whichever it is
    known |= CRYPTO_memcmp(digest.data(), other.data(), digest.size()) == 0;
  }
  return known;
}

bool Guard::KnowsHost(std::string_view host) const {
  const std::string name = HostName(host);
  return name == "localhost" || name.ends_with(".localhost") || IsAddress(name) ||
         std::ranges::find(options_.host_names, name) != options_.host_names.end();
}

bool Guard::AllowsOrigin(std::string_view origin) const {
  return std::ranges::any_of(options_.cors_origins, [&](const std::string& allowed) {
    return allowed == "*" || EqualNoCase(allowed, origin);
  });
}

std::optional<Response> Guard::Check(const Request& request) const {
  const std::string_view host = HeaderOf(request, "Host");
  if (!KnowsHost(host) && !(host.empty() && IsPublic(request))) {  // probes speak HTTP/1.0
    return ErrorResponse(
        ApiError(421, "unknown_host",
                 StrCat("this server is not known as ", Quoted(host),
                        ": whoever runs it can add the name, see docs/server.md")));
  }
  const std::string_view origin = HeaderOf(request, "Origin");
  const std::string_view site = HeaderOf(request, "Sec-Fetch-Site");
  const bool same_origin = origin.empty() || EqualNoCase(origin, StrCat("http://", host)) ||
                           EqualNoCase(origin, StrCat("https://", host));
  const bool from_elsewhere = !same_origin || site == "cross-site" || site == "same-site";
  // A link to the page is no harm.
  const bool followed_link =
      request.method == "GET" && HeaderOf(request, "Sec-Fetch-Mode") == "navigate";
  if (from_elsewhere && !followed_link && !IsPublic(request) &&
      (origin.empty() || !AllowsOrigin(origin))) {
    return ErrorResponse(
        ApiError(403, "cross_site",
                 StrCat("a page of ", origin.empty() ? "another site" : Quoted(origin),
                        " may not ask this server: whoever runs it can allow the origin, see "
                        "docs/server.md")));
  }
  if (request.method == "OPTIONS" && !origin.empty() && AllowsOrigin(origin)) {
    Response preflight{.status = 204, .content_type = ""};
    preflight.headers.Add("Access-Control-Allow-Methods", "GET, POST, DELETE");
    preflight.headers.Add("Access-Control-Allow-Headers", "Authorization, Content-Type, *");
    preflight.headers.Add("Access-Control-Max-Age", "600");
    return preflight;
  }
  if (!keys_.empty() && NeedsKey(request) && !KnowsKey(request)) {
    return ErrorResponse(
        ApiError(401, "invalid_api_key", "expected a header \"Authorization: Bearer KEY\""));
  }
  return {};
}

void Guard::Finish(const Request& request, Response& response) const {
  response.headers.Add("X-Request-Id", request.id);
  response.headers.Add("X-Content-Type-Options", "nosniff");
  response.headers.Add("Referrer-Policy", "no-referrer");
  response.headers.Add("Content-Security-Policy", kContentSecurityPolicy);
  if (options_.cors_origins.empty()) return;
  response.headers.Add("Vary", "Origin");
  const std::string_view origin = HeaderOf(request, "Origin");
  if (origin.empty() || !AllowsOrigin(origin)) return;
  response.headers.Add("Access-Control-Allow-Origin", std::string(origin));
  response.headers.Add(
      "Access-Control-Expose-Headers",
      "X-Kani-Model, X-Kani-Voice, X-Kani-Seed, X-Kani-Sample-Rate, X-Kani-Audio-Seconds, "
      "X-Kani-Stop-Reason, X-Kani-Ignored, X-Kani-Unused, X-Request-Id");
}

}  // namespace kani::server
