#include "hub/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/system_error.h"

namespace kani::hub {

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

void FailSystem(const std::string& what) {
  const int error = errno;
  const ErrorCode code = CodeOfSystemError(error);
  Fail(code == ErrorCode::kNotFound ? ErrorCode::kIo : code, what, ": ", std::strerror(error));
}

Descriptor MakeFolder(const Descriptor& parent, const std::string& path, const std::string& shown) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  Descriptor folder(::openat(parent.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) FailSystem(Quoted(shown) + ": cannot open");
  for (size_t begin = 0; path != "." && begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    int fd = ::openat(folder.get(), name.c_str(), kFlags);
    if (fd < 0 && errno == ENOENT) {
      if (::mkdirat(folder.get(), name.c_str(), 0777) != 0 && errno != EEXIST) {
        FailSystem(Quoted(shown + "/" + path) + ": cannot make the folder");
      }
      fd = ::openat(folder.get(), name.c_str(), kFlags);
    }
    if (fd < 0) {
      struct stat status {};
      const int error = errno;
      if (::fstatat(folder.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
          S_ISLNK(status.st_mode)) {
        Fail(ErrorCode::kIo, Quoted(shown + "/" + path), ": ", Quoted(name),
             " is a symbolic link, expected a folder: nothing is written through links");
      }
      errno = error;
      FailSystem(Quoted(shown + "/" + path) + ": cannot open the folder");
    }
    folder = Descriptor(fd);
    begin = end + 1;
  }
  return folder;
}

}  // namespace kani::hub
