// What a hub can answer instead of a file.
#pragma once

#include <string>
#include <utility>

#include "base/error.h"

namespace kani::hub {

/// Finer than ErrorCode, so that a program can add what its user may do about it.
enum class Problem {
  kOffline,          ///< a request was needed and is forbidden (kNotFound)
  kUnreachable,      ///< name, connection, TLS, proxy, cut or stalled (kNetwork)
  kServer,           ///< a status that nothing below explains, 5xx (kNetwork)
  kRateLimited,      ///< 429 (kNetwork)
  kAbsentOrPrivate,  ///< 401: absent, or private and the token missing or unknown (kNotFound)
  kAbsent,           ///< no repository that this token can see (kNotFound)
  kGated,            ///< its terms are not accepted, or not by the owner of the token (kNetwork)
  kNoSuchRevision,   ///< kNotFound
  kNoSuchFile,       ///< kNotFound
  kForbidden,        ///< 403: taken down, blocked, not allowed (kNetwork)
  kNotAHub,          ///< what answers is a login page or no hub (kNetwork)
  kHostile,          ///< an answer that no honest hub gives: paths, redirects, sizes (kInvalidFile)
  kDamaged,          ///< size or hash of a file differ, twice (kInvalidFile)
};

/// `what()` names the repository, address (without its query, which may be a signature) and the
/// hub's own words and request id.
class HubError : public Error {
 public:
  HubError(Problem problem, std::string message)
      : Error(CodeOf(problem), std::move(message)), problem_(problem) {}
  Problem problem() const { return problem_; }
  static ErrorCode CodeOf(Problem problem);

 private:
  Problem problem_;
};

/// Throws HubError{problem, StrCat(parts...)}.
template <typename... Parts>
[[noreturn]] void FailHub(Problem problem, const Parts&... parts) {
  throw HubError(problem, StrCat(parts...));
}

}  // namespace kani::hub
