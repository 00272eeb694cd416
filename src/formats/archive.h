// Members of a tar or zip archive in memory, through libarchive. Stored members become views of the
// archive's own bytes, so that nothing is copied or read from disk until it is used.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kani::formats {

enum class ArchiveFormat {
  kTar,  ///< plain or gzip-compressed
  kZip,  ///< read by its central directory; checksums are not computed, they would read everything
};

/// Regular files of an archive by name, without a leading "./".
struct ArchiveMembers {
  std::map<std::string, std::span<const std::byte>, std::less<>> files;
  /// Bytes that had to be decompressed; `files` points into them or into the archive.
  std::list<std::vector<std::byte>> decompressed;
};

/// Reads the regular files whose names `wanted` accepts. Nothing touches the file system, so a
/// name that climbs out of its folder is only a name. Throws kInvalidFile for a damaged archive, a
/// name that occurs twice or a sparse member, and kResourceExhausted for more than 65,536 members,
/// 8 GiB, or 100 times the size of the archive.
/// @param bytes must outlive the result.
ArchiveMembers ReadArchive(std::span<const std::byte> bytes, ArchiveFormat format,
                           const std::string& source,
                           const std::function<bool(std::string_view)>& wanted);

}  // namespace kani::formats
