#include "base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/system_error.h"

namespace kani {

RegularFile::RegularFile(const std::filesystem::path& path) {
  fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0) {
    Fail(CodeOfSystemError(errno), Quoted(path.string()), ": ", std::strerror(errno));
  }
  struct stat info {};
  if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
    ::close(fd_);
    Fail(ErrorCode::kIo, Quoted(path.string()), ": expected a regular file");
  }
  size_bytes_ = static_cast<size_t>(info.st_size);
}

RegularFile::~RegularFile() { ::close(fd_); }

}  // namespace kani
