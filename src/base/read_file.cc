#include "base/read_file.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/regular_file.h"
#include "base/system_error.h"

namespace kani {
namespace {

constexpr size_t kBlockBytes = 1 << 16;  // where the system does not say how long a file is

/// Reads up to `size` bytes; fewer only at the end of the file.
size_t ReadUpTo(int fd, void* to, size_t size, const std::filesystem::path& path) {
  size_t done = 0;
  while (done < size) {
    const ssize_t count = ::read(fd, static_cast<std::byte*>(to) + done, size - done);
    if (count < 0) {
      if (errno == EINTR) continue;
      Fail(CodeOfSystemError(errno), Quoted(path.string()),
           ": cannot read: ", std::strerror(errno));
    }
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  return done;
}

/// @param Bytes std::string or std::vector<std::byte>
template <typename Bytes>
Bytes ReadFile(const std::filesystem::path& path, size_t max_bytes) {
  const RegularFile file(path);
  const size_t expected = file.size_bytes();
  const auto limit = [&](size_t size) {
    if (size <= max_bytes) return;
    Fail(ErrorCode::kResourceExhausted, Quoted(path.string()), ": ", size, " bytes, at most ",
         max_bytes, " are accepted");
  };
  limit(expected);
  Bytes bytes;
  if (expected > 0) {
    bytes.resize(expected);
    const size_t found = ReadUpTo(file.fd(), bytes.data(), expected, path);
    if (found < expected) {
      Fail(ErrorCode::kIo, Quoted(path.string()), ": became shorter while it was read: ", expected,
           " bytes expected, found ", found);
    }
    return bytes;
  }
  for (size_t size = 0, found = 1; found > 0; size += found) {
    bytes.resize(size + kBlockBytes);
    found = ReadUpTo(file.fd(), bytes.data() + size, kBlockBytes, path);
    bytes.resize(size + found);
    limit(bytes.size());
  }
  return bytes;
}

}  // namespace

std::string ReadTextFile(const std::filesystem::path& path, size_t max_bytes) {
  return ReadFile<std::string>(path, max_bytes);
}

std::vector<std::byte> ReadBinaryFile(const std::filesystem::path& path, size_t max_bytes) {
  return ReadFile<std::vector<std::byte>>(path, max_bytes);
}

}  // namespace kani
