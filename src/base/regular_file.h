// An opened file of known size: what reading and mapping have in common.
#pragma once

#include <cstddef>
#include <filesystem>

namespace kani {

/// A regular file opened for reading, closed at the end.
class RegularFile {
 public:
  /// Throws kNotFound; kIo for a folder, a device or a failed system call; kResourceExhausted when
  /// file handles or memory run out. Never waits for the other end of a pipe.
  explicit RegularFile(const std::filesystem::path& path);
  ~RegularFile();
  RegularFile(const RegularFile&) = delete;
  RegularFile& operator=(const RegularFile&) = delete;

  int fd() const { return fd_; }
  /// When it was opened. Files of /proc say 0.
  size_t size_bytes() const { return size_bytes_; }

 private:
  int fd_ = -1;
  size_t size_bytes_ = 0;
};

}  // namespace kani
