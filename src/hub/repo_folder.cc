#include "hub/repo_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <span>

#include "base/error.h"

namespace kani::hub {
namespace {

constexpr std::string_view kPartialEnd = ".kani.incomplete";
constexpr size_t kCopyBytes = 1u << 20;

Descriptor OpenCache(const std::filesystem::path& cache) {
  std::error_code error;
  std::filesystem::create_directories(cache, error);
  Descriptor folder(::open(cache.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) FailSystem(Quoted(cache.string()) + ": cannot make the cache");
  return folder;
}

/// Size of a regular file, through links if `follow`; nothing for anything else.
std::optional<uint64_t> SizeAt(const Descriptor& folder, const std::string& name, bool follow) {
  struct stat status {};
  const int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
  if (::fstatat(folder.get(), name.c_str(), &status, flags) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<uint64_t>(status.st_size);
}

void WriteAll(const Descriptor& file, std::span<const char> bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(file.get(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailSystem(what + ": cannot write");
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

void CopyBytes(const Descriptor& from, const Descriptor& to, const std::string& what) {
  const auto buffer = std::make_unique<char[]>(kCopyBytes);
  while (true) {
    const ssize_t count = ::read(from.get(), buffer.get(), kCopyBytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailSystem(what + ": cannot read");
    if (count == 0) return;
    WriteAll(to, {buffer.get(), static_cast<size_t>(count)}, what);
  }
}

}  // namespace

RepoFolder::RepoFolder(const std::filesystem::path& cache, const RepoId& id)
    : shown_((cache / id.Folder()).string()) {
  const Descriptor root = OpenCache(cache);
  repo_ = MakeFolder(root, id.Folder(), cache.string());
  blobs_ = MakeFolder(repo_, "blobs", shown_);
  // Without it the Python tools call the repository corrupt.
  MakeFolder(repo_, "snapshots", shown_);
  locks_ = MakeFolder(root, ".locks/" + id.Folder(), cache.string());
}

BlobLock RepoFolder::Lock(const std::string& etag,
                          const std::function<void()>& keep_waiting) const {
  return BlobLock(locks_, etag, shown_ + ": lock", keep_waiting);
}

bool RepoFolder::HasBlob(const std::string& etag, uint64_t size_bytes) const {
  return SizeAt(blobs_, etag, true) == size_bytes &&
         ::faccessat(blobs_.get(), etag.c_str(), R_OK, 0) == 0;
}

std::string RepoFolder::TemporaryName() const {
  static std::atomic<unsigned> counter{0};
  return StrCat(::getpid(), ".", counter.fetch_add(1), kPartialEnd);
}

PartialBlob RepoFolder::OpenPartial(const std::string& etag, uint64_t size_bytes,
                                    bool exclusive) const {
  PartialBlob partial;
  partial.name = exclusive ? etag + std::string(kPartialEnd) : TemporaryName();
  const std::string of_python = etag + ".incomplete";
  if (exclusive && !SizeAt(blobs_, partial.name, false) && SizeAt(blobs_, of_python, false)) {
    ::renameat(blobs_.get(), of_python.c_str(), blobs_.get(), partial.name.c_str());
  }
  const std::string what = Quoted(shown_ + "/blobs/" + partial.name);
  for (int attempt = 0; attempt < 2; ++attempt) {
    partial.file =
        Descriptor(::openat(blobs_.get(), partial.name.c_str(),
                            O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666));
    struct stat status {};
    // Somebody else's file under a second name, a pipe, a link: put out of the way, not written.
    if (partial.file.get() >= 0 && ::fstat(partial.file.get(), &status) == 0 &&
        S_ISREG(status.st_mode) && status.st_nlink == 1) {
      partial.size_bytes = static_cast<uint64_t>(status.st_size);
      break;
    }
    if (attempt == 1 || (partial.file.get() < 0 && errno != ELOOP && errno != ENXIO)) {
      FailSystem(what + ": cannot write");
    }
    if (::unlinkat(blobs_.get(), partial.name.c_str(), 0) != 0)
      FailSystem(what + ": cannot replace");
  }
  if (partial.size_bytes > size_bytes) {
    if (::ftruncate(partial.file.get(), 0) != 0) FailSystem(what + ": cannot shorten");
    partial.size_bytes = 0;
  }
  return partial;
}

void RepoFolder::RenameInto(const std::string& temporary, const Descriptor& folder,
                            const std::string& name, const std::string& what) const {
  if (::renameat(blobs_.get(), temporary.c_str(), folder.get(), name.c_str()) == 0) return;
  if (errno == ENOENT) Fail(ErrorCode::kNotFound, Quoted(what), ": its temporary file vanished");
  const int error = errno;
  ::unlinkat(blobs_.get(), temporary.c_str(), 0);
  errno = error;
  FailSystem(Quoted(what) + ": cannot rename to");
}

void RepoFolder::Publish(const PartialBlob& partial, const std::string& etag) const {
  const std::string what = shown_ + "/blobs/" + etag;
  if (::fsync(partial.file.get()) != 0) FailSystem(Quoted(what) + ": cannot flush");
  RenameInto(partial.name, blobs_, etag, what);
}

void RepoFolder::PublishAt(const PartialBlob& partial, const std::string& commit,
                           const std::string& path) const {
  const std::string what = shown_ + "/snapshots/" + commit + "/" + path;
  if (::fsync(partial.file.get()) != 0) FailSystem(Quoted(what) + ": cannot flush");
  const auto [folder, name] = OpenPlace(commit, path);
  RenameInto(partial.name, folder, name, what);
}

void RepoFolder::Discard(const PartialBlob& partial) const {
  ::unlinkat(blobs_.get(), partial.name.c_str(), 0);
}

bool RepoFolder::MakesLinks() const {
  const std::string name = TemporaryName();
  if (::symlinkat("nowhere", blobs_.get(), name.c_str()) != 0) {
    if (errno == EPERM || errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL) return false;
    FailSystem(Quoted(shown_) + ": cannot make a link");
  }
  ::unlinkat(blobs_.get(), name.c_str(), 0);
  return true;
}

std::pair<Descriptor, std::string> RepoFolder::OpenPlace(const std::string& commit,
                                                         const std::string& path) const {
  const size_t slash = path.rfind('/');
  std::string folder = "snapshots/" + commit;
  if (slash != path.npos) folder += "/" + path.substr(0, slash);
  return {MakeFolder(repo_, folder, shown_), path.substr(slash + 1)};  // npos + 1 = 0
}

void RepoFolder::Link(const std::string& commit, const std::string& path, const std::string& etag,
                      uint64_t size_bytes, bool replace) const {
  const auto [folder, name] = OpenPlace(commit, path);
  std::string target = "../../blobs/" + etag;
  for (const char c : path) {
    if (c == '/') target.insert(0, "../");
  }
  const std::string what = shown_ + "/snapshots/" + commit + "/" + path;
  if (::symlinkat(target.c_str(), folder.get(), name.c_str()) == 0) return;
  if (errno != EEXIST) FailSystem(Quoted(what) + ": cannot link");
  if (!replace && SizeAt(folder, name, true) == size_bytes) return;
  const std::string temporary = TemporaryName();
  if (::symlinkat(target.c_str(), blobs_.get(), temporary.c_str()) != 0) {
    FailSystem(Quoted(what) + ": cannot link");
  }
  RenameInto(temporary, folder, name, what);
}

void RepoFolder::Copy(const std::filesystem::path& from, const std::string& commit,
                      const std::string& path) const {
  const auto [folder, name] = OpenPlace(commit, path);
  const std::string what = shown_ + "/snapshots/" + commit + "/" + path;
  const std::string temporary = TemporaryName();
  const std::filesystem::path source = std::filesystem::canonical(from);
  if (::linkat(AT_FDCWD, source.c_str(), blobs_.get(), temporary.c_str(), 0) != 0) {
    const Descriptor in(::open(source.c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor out(::openat(blobs_.get(), temporary.c_str(),
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (in.get() < 0 || out.get() < 0) FailSystem(Quoted(what) + ": cannot copy");
    CopyBytes(in, out, Quoted(what));
    if (::fsync(out.get()) != 0) FailSystem(Quoted(what) + ": cannot flush");
  }
  RenameInto(temporary, folder, name, what);
  // rename does nothing, and leaves its source, when both are one file already.
  ::unlinkat(blobs_.get(), temporary.c_str(), 0);
}

void RepoFolder::WriteRef(const std::string& revision, const std::string& commit) const {
  const size_t slash = revision.rfind('/');
  const Descriptor folder = MakeFolder(
      repo_, slash == revision.npos ? "refs" : "refs/" + revision.substr(0, slash), shown_);
  const std::string what = shown_ + "/refs/" + revision;
  const std::string temporary = TemporaryName();
  {
    const Descriptor file(::openat(blobs_.get(), temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (file.get() < 0) FailSystem(Quoted(what) + ": cannot write");
    WriteAll(file, commit, Quoted(what));  // no line end: Python would not find the commit
    if (::fsync(file.get()) != 0) FailSystem(Quoted(what) + ": cannot flush");
  }
  RenameInto(temporary, folder, revision.substr(slash + 1), what);
}

}  // namespace kani::hub
