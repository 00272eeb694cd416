#include "hub/blob_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.h"

namespace kani::hub {

BlobLock::BlobLock(const Descriptor& folder, const std::string& etag, const std::string& shown,
                   const std::function<void()>& keep_waiting) {
  const std::string name = etag + ".lock";
  // Group members of a shared cache must be able to lock it, as with Python's.
  file_ = Descriptor(
      ::openat(folder.get(), name.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0664));
  if (file_.get() < 0) FailSystem(Quoted(shown + "/" + name) + ": cannot lock");
  (void)::fchmod(file_.get(), 0664);  // whatever the umask; fails for somebody else's file
  while (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) {
      exclusive_ = false;  // ENOLCK, ENOSYS, EOPNOTSUPP: the file system has no locks
      return;
    }
    keep_waiting();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace kani::hub
