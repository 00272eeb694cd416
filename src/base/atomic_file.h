// Output files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace kani {

/// Refuses a path that holds anything but a regular file: renaming over a device or a pipe would
/// replace it. Throws kIo, or kNotFound for a missing folder.
void CheckOutputPath(const std::filesystem::path& path);

/// Writes to a temporary file in the folder of `path`; Commit() flushes it to disk and renames it.
/// Destroyed without Commit(), it leaves nothing behind and the old `path` untouched. A symbolic
/// link stays one: the file it names is written.
class AtomicFile {
 public:
  /// Throws as CheckOutputPath does, and kIo if the folder is not writable.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws kIo (disk full, file size limit).
  void Write(std::span<const std::byte> bytes);
  void Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }
  /// Moves to an absolute byte offset, for headers known only at the end.
  void Seek(size_t offset_bytes);
  void Commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int fd_ = -1;
};

/// Whole contents in one call. Throws kIo.
void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
/// Throws kNotFound, kIo, or kResourceExhausted when the file is larger than `max_bytes`.
std::string ReadTextFile(const std::filesystem::path& path, size_t max_bytes);

}  // namespace kani
