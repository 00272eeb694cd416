// Output files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/read_file.h"  // whoever writes files mostly reads them as well

namespace kani {

/// Refuses a path that holds anything but a regular file: renaming over a device or a pipe would
/// replace it. Throws kIo, or kNotFound for a missing folder.
void CheckOutputPath(const std::filesystem::path& path);

/// Who may read a file that was not there before: all whom the process's umask lets, or the owner
/// alone (0600; voices are personal data).
enum class NewFileMode { kByUmask, kPrivate };

/// Writes to a temporary file in the folder of `path`; Commit() flushes it to disk and renames it.
/// Destroyed without Commit(), it leaves nothing behind and the old `path` untouched. A file that
/// is replaced hands on its permissions, and its owner and group as far as the process may give
/// them (not access control lists). A symbolic link stays one: the file it names is written; a
/// link to nothing is replaced.
class AtomicFile {
 public:
  /// Throws as CheckOutputPath does, kIo if the folder is not writable, and kResourceExhausted when
  /// file handles run out.
  explicit AtomicFile(std::filesystem::path path, NewFileMode mode = NewFileMode::kByUmask);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws kIo (disk full, file size limit).
  void Write(std::span<const std::byte> bytes);
  void Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }
  /// Moves to an absolute byte offset, for headers known only at the end.
  void Seek(size_t offset_bytes);
  /// Throws kIo, and as CheckOutputPath does if `path` has become something else meanwhile.
  void Commit();

 private:
  void Open(NewFileMode mode);
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

/// Whole contents in one call. Throws as AtomicFile does.
void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes,
                         NewFileMode mode = NewFileMode::kByUmask);

}  // namespace kani
