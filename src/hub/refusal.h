// What a hub's answer means when it is not what was asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/http.h"

namespace kani::hub {

/// What was asked for, for messages.
struct Subject {
  std::string id;
  std::string revision;
  std::string path;  ///< of a file; empty for the repository
};

/// How much of a limit is left, of the headers RateLimit and RateLimit-Policy.
struct RateLimit {
  std::optional<int> left;     ///< requests
  std::optional<int> reset_s;  ///< until they are counted anew
  std::optional<int> quota;    ///< requests in a window
  std::optional<int> window_s;
};

/// `"api";r=0;t=55` and `"fixed window";"api";q=500;w=300`; what is not there or no number is
/// nothing.
RateLimit ParseRateLimit(std::string_view limit, std::string_view policy);

/// Throws what the status and the headers X-Error-Code and X-Error-Message of `reply` mean:
/// TransientError for 408, 429, 5xx and a CDN that refuses (its signatures expire), else HubError.
[[noreturn]] void FailStatus(const HttpReply& reply, const Subject& subject,
                             const std::string& endpoint);

/// The text of a header `X-HF-Warning: topic; text`, on one line; empty if there is none.
std::string HubWarning(const HttpReply& reply);

}  // namespace kani::hub
