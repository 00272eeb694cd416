#include "apps/terminal/exit_codes.h"

namespace kani::terminal {

int ExitCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return kExitUsage;
    case ErrorCode::kNotFound:
      return kExitNotFound;
    case ErrorCode::kInvalidFile:
      return kExitInvalidFile;
    case ErrorCode::kUnsupported:
      return kExitUnsupported;
    case ErrorCode::kIo:
      return kExitIo;
    case ErrorCode::kResourceExhausted:
      return kExitResource;
    case ErrorCode::kNetwork:
      return kExitNetwork;
    case ErrorCode::kCancelled:
      return kExitCancelled;
    case ErrorCode::kInternal:
      return kExitOther;
  }
  return kExitOther;
}

}  // namespace kani::terminal
