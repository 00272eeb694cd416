// Open files and folders of a cache that others may write too: reached from folder to folder, so
// that no link on the way leads elsewhere.
#pragma once

#include <string>
#include <utility>

namespace kani::hub {

/// Owns a file descriptor; -1 is none.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// The folder `path` ("a/b"; "." for itself) below an open folder, made where it is missing. Throws
/// kIo naming `shown` and the path, also for a part that is a symbolic link: nothing is written
/// through links.
Descriptor MakeFolder(const Descriptor& parent, const std::string& path, const std::string& shown);

/// "what: system's words" of errno as an Error: kIo, or kResourceExhausted when handles run out.
[[noreturn]] void FailSystem(const std::string& what);

}  // namespace kani::hub
