// Exit codes of the program: one table, shown by `kani --help` and docs/cli.md.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace kani::terminal {

struct ExitCode {
  int code;
  std::string_view meaning;
};

inline constexpr int kExitOk = 0, kExitOther = 1, kExitUsage = 2, kExitNotFound = 3,
                     kExitInvalidFile = 4, kExitUnsupported = 5, kExitIo = 6, kExitResource = 7,
                     kExitCancelled = 8, kExitNetwork = 9;

inline constexpr ExitCode kExitCodes[] = {
    {kExitOk, "success"},
    {kExitOther, "a check failed, or a bug"},
    {kExitUsage, "wrong option or value"},
    {kExitNotFound, "a file, model, voice or language that does not exist"},
    {kExitInvalidFile, "a file that is damaged or of another kind"},
    {kExitUnsupported, "a feature or format this program does not have"},
    {kExitIo, "reading or writing failed"},
    {kExitResource, "a limit on size, length or memory"},
    {kExitCancelled, "interrupted"},
    {kExitNetwork, "the network, or a server on it, failed or refused"},
};

int ExitCodeOf(ErrorCode code);

}  // namespace kani::terminal
