// Who may ask: API keys, the name by which the server was called, and pages of other sites.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/server/message.h"

namespace kani::server {

struct GuardOptions {
  std::vector<std::string> api_keys;  ///< none: everybody may ask
  /// Names of this server besides localhost and addresses. Another name in Host is how a page of
  /// somebody else's reaches a server on this machine (DNS rebinding).
  std::vector<std::string> host_names;
  /// Origins ("https://example.org") whose pages may ask; "*" for all.
  std::vector<std::string> cors_origins;
};

/// One key a line; blank lines and those that begin with # are none. Throws kInvalidFile for a key
/// of less than 8 characters or with a character that a header cannot carry.
std::vector<std::string> ParseApiKeys(std::string_view text, const std::string& source);

/// Immutable.
class Guard {
 public:
  explicit Guard(const GuardOptions& options);

  /// Looks at the head alone. The refusal; the answer to a preflight; nothing for what may go on.
  std::optional<Response> Check(const Request& request) const;
  /// Adds the headers that every answer carries, and those of CORS.
  void Finish(const Request& request, Response& response) const;

 private:
  using Digest = std::array<uint8_t, 32>;
  static Digest DigestOf(std::string_view text);
  bool KnowsKey(const Request& request) const;
  bool KnowsHost(std::string_view host) const;
  bool AllowsOrigin(std::string_view origin) const;

  GuardOptions options_;
  std::vector<Digest> keys_;  // SHA-256, so that a comparison tells neither length nor content
};

/// The host of "name:port" or "[address]:port", lower case, without brackets.
std::string HostName(std::string_view host_header);
/// Whether it is an IPv4 or IPv6 address.
bool IsAddress(const std::string& host);

}  // namespace kani::server
