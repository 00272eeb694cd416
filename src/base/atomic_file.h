// Output files that appear whole or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace kani {

/// Writes to a temporary file in the folder of `path`; Commit() flushes it to disk and renames it.
/// Destroyed without Commit(), it leaves nothing behind and the old `path` untouched. The temporary
/// name keeps the extension of `path`, for libraries that choose a format by it.
class AtomicFile {
 public:
  /// Throws kIo if the folder is missing or not writable.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws kIo (disk full, file size limit).
  void Write(std::span<const std::byte> bytes);
  void Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }
  /// Moves to an absolute byte offset, for headers known only at the end.
  void Seek(size_t offset_bytes);
  /// For libraries that want a path: the temporary file.
  const std::filesystem::path& temporary_path() const { return temporary_; }
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
