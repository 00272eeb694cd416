#include "hub/problem.h"

namespace kani::hub {

ErrorCode HubError::CodeOf(Problem problem) {
  switch (problem) {
    case Problem::kOffline:
    case Problem::kAbsentOrPrivate:
    case Problem::kAbsent:
    case Problem::kNoSuchRevision:
    case Problem::kNoSuchFile:
      return ErrorCode::kNotFound;
    case Problem::kUnreachable:
    case Problem::kServer:
    case Problem::kRateLimited:
    case Problem::kGated:
    case Problem::kForbidden:
    case Problem::kNotAHub:
      return ErrorCode::kNetwork;
    case Problem::kHostile:
    case Problem::kDamaged:
      return ErrorCode::kInvalidFile;
  }
  return ErrorCode::kInternal;
}

}  // namespace kani::hub
