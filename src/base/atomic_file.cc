#include "base/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/system_error.h"

namespace kani {
namespace {

[[noreturn]] void FailIo(const std::filesystem::path& path, std::string_view what) {
  const ErrorCode code = CodeOfSystemError(errno);
  Fail(code == ErrorCode::kNotFound ? ErrorCode::kIo : code, Quoted(path.string()), ": ", what,
       ": ", std::strerror(errno));
}

/// Gives the open `fd` the owner, group and permissions of the file that it will replace.
void TakeOver(const struct stat& old, int fd) {
  mode_t mode = old.st_mode & 0777;
  if (::fchown(fd, old.st_uid, old.st_gid) != 0 &&
      ::fchown(fd, static_cast<uid_t>(-1), old.st_gid) != 0) {
    // Another group than before: it may do what everybody may.
    mode = (mode & 0707) | ((mode & 07) << 3);
  }
  ::fchmod(fd, mode);
}

}  // namespace

void CheckOutputPath(const std::filesystem::path& path) {
  const std::string name = Quoted(path.string());
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) {
    Fail(ErrorCode::kIo, name, ": is a folder, expected a file to write");
  }
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    Fail(ErrorCode::kIo, name, ": is not a regular file");
  }
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  if (!std::filesystem::is_directory(folder, error)) {
    Fail(ErrorCode::kNotFound, name, ": no such folder ", Quoted(folder.string()));
  }
}

AtomicFile::AtomicFile(std::filesystem::path path, NewFileMode mode) : path_(std::move(path)) {
  CheckOutputPath(path_);
  std::error_code error;
  if (std::filesystem::is_symlink(path_, error)) {
    path_ = std::filesystem::weakly_canonical(path_, error);
    if (error) Fail(ErrorCode::kIo, Quoted(path_.string()), ": ", error.message());
  }
  Open(mode);
}

void AtomicFile::Open(NewFileMode mode) {
  static std::atomic<unsigned> counter{0};
  struct stat old {};
  const bool replaces = ::stat(path_.c_str(), &old) == 0;
  temporary_ = path_;
  // Without the name, which may be as long as a name can be.
  temporary_.replace_filename(StrCat(".kani.", ::getpid(), ".", counter.fetch_add(1), ".part"));
  const mode_t created = replaces || mode == NewFileMode::kPrivate ? 0600 : 0666;
  fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, created);
  if (fd_ < 0) FailIo(path_, "cannot write");
  if (replaces) TakeOver(old, fd_);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) {
    ::close(fd_);
    ::unlink(temporary_.c_str());
  }
}

void AtomicFile::Write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      FailIo(path_, "cannot write");
    }
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::Seek(size_t offset_bytes) {
  if (::lseek(fd_, static_cast<off_t>(offset_bytes), SEEK_SET) < 0) FailIo(path_, "cannot seek");
}

void AtomicFile::Commit() {
  CheckOutputPath(path_);  // a pipe or a device may lie there by now
  if (::fsync(fd_) != 0) FailIo(path_, "cannot flush");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) FailIo(path_, "cannot rename to");
  ::close(std::exchange(fd_, -1));
}

void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes,
                         NewFileMode mode) {
  AtomicFile file(path, mode);
  file.Write(bytes);
  file.Commit();
}

}  // namespace kani
