// One small file of a commit in memory, to look at it before anything is pulled.
#pragma once

#include <string>

#include "hub/pull.h"

namespace kani::hub {

inline constexpr uint64_t kMaxFetchedBytes = 1u << 20;

/// Its bytes, verified; nothing is written. Throws HubError, kHostile for a file over
/// kMaxFetchedBytes; kCancelled.
std::string FetchFile(const Settings& settings, const RepoId& id, const std::string& commit,
                      const RemoteFile& file, const PullHooks& hooks);

}  // namespace kani::hub
