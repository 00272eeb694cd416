// Rehashes what lies in the cache. Needs no network: the name of a blob is its hash.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hub/cache.h"
#include "hub/listing.h"

namespace kani::hub {

enum class FileState {
  kGood,
  kDamaged,     ///< size or hash differ
  kMissing,     ///< listed or linked, but not there
  kUnverified,  ///< there, but nothing says what its hash should be
};

struct VerifiedFile {
  std::string path;
  FileState state = FileState::kGood;
  std::string expected;  ///< hash; empty if unknown
  std::string found;     ///< hash; empty if it was not computed
};

/// @param listed what the hub lists for this commit; empty = go by the names of blobs
/// @param on_bytes bytes hashed since the last call; may be empty
/// Throws kCancelled once `cancelled` (may be empty) says so, kIo for a file that cannot be read.
std::vector<VerifiedFile> VerifyCommit(const CachedCommit& commit,
                                       const std::vector<RemoteFile>& listed = {},
                                       const std::function<void(uint64_t)>& on_bytes = {},
                                       const std::function<bool()>& cancelled = {});

}  // namespace kani::hub
