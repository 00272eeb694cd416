// Read-only memory-mapped files, for what is too large to copy and is read here and there: weights,
// shards of a corpus, lists of gigabytes. All else is read (base/read_file.h), because of the limit
// below.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace kani {

/// Maps a whole regular file. Movable, not copyable; `bytes()` stays valid as long as the object.
/// The size is that of the moment it is opened. A file that somebody makes shorter later ends the
/// process when its lost part is read (SIGBUS): replace such files by rename, as AtomicFile does,
/// never in place.
class MappedFile {
 public:
  MappedFile() = default;
  /// Throws as RegularFile does, and kResourceExhausted when the address space is too small.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  std::span<const std::byte> bytes() const { return {data_, size_}; }
  /// Tells the system that `part` of bytes() will not be read soon, so that pages already copied
  /// elsewhere do not count as this process's memory. Reading it again is allowed.
  void Release(std::span<const std::byte> part) const;

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Whether `name`, appended to a folder, can only be a file in it: no folder, "." or "..", no zero
/// byte, not empty. For names that stand in foreign files.
bool IsPlainFileName(std::string_view name);

}  // namespace kani
