#include "train/observe/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system_error.h"

namespace kani::train {
namespace {

bool WriteAt(int fd, std::string_view bytes, int64_t offset_bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), offset_bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
    offset_bytes += written;
  }
  return true;
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path, WarningSink warn)
    : path_(std::move(path)), warn_(std::move(warn)) {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
  struct stat status = {};
  const bool known = fd_ >= 0 && ::fstat(fd_, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    const int error = known ? EINVAL : errno;
    if (fd_ >= 0) ::close(fd_);
    Fail(CodeOfSystemError(error), "cannot write ", Quoted(path_.string()), ": ",
         known ? "is not a regular file" : std::strerror(error));
  }
  size_bytes_ = status.st_size;
}

AppendFile::~AppendFile() { ::close(fd_); }

void AppendFile::Append(std::string_view record) {
  if (WriteAt(fd_, record, size_bytes_)) {
    size_bytes_ += static_cast<int64_t>(record.size());
    failing_ = false;
    return;
  }
  const int error = errno;
  // The next record is written over what may be left if this fails as well.
  const bool cut = ::ftruncate(fd_, size_bytes_) == 0;
  if (!std::exchange(failing_, true)) {
    Warn(warn_, StrCat("cannot write ", Quoted(path_.string()), ": ", std::strerror(error),
                       cut ? "" : ", its last record is torn", "; the run goes on without"));
  }
}

}  // namespace kani::train
