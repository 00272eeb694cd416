#include "base/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.h"
#include "base/mapped_file.h"

namespace kani {
namespace {

[[noreturn]] void FailIo(const std::filesystem::path& path, std::string_view what) {
  Fail(ErrorCode::kIo, Quoted(path.string()), ": ", what, ": ", std::strerror(errno));
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

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  static std::atomic<unsigned> counter{0};
  CheckOutputPath(path_);
  std::error_code error;
  if (std::filesystem::is_symlink(path_, error)) {
    path_ = std::filesystem::weakly_canonical(path_, error);
    if (error) Fail(ErrorCode::kIo, Quoted(path_.string()), ": ", error.message());
  }
  temporary_ = path_;
  // Without the name, which may be as long as a name can be.
  temporary_.replace_filename(StrCat(".kani.", ::getpid(), ".", counter.fetch_add(1), ".part"));
  fd_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd_ < 0) FailIo(path_, "cannot write");
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
  if (::fsync(fd_) != 0) FailIo(path_, "cannot flush");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) FailIo(path_, "cannot rename to");
  ::close(std::exchange(fd_, -1));
}

void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.Write(bytes);
  file.Commit();
}

std::string ReadTextFile(const std::filesystem::path& path, size_t max_bytes) {
  const MappedFile file(path);
  if (file.bytes().size() > max_bytes) {
    Fail(ErrorCode::kResourceExhausted, Quoted(path.string()), ": ", file.bytes().size(),
         " bytes, at most ", max_bytes, " are accepted");
  }
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace kani
