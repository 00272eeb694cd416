#include "base/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/error.h"

namespace kani {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  AtomicFileTest() {
    std::string pattern = testing::TempDir() + "kani_atomic_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~AtomicFileTest() override { fs::remove_all(folder_); }

  fs::path Path(std::string_view name) const { return folder_ / name; }
  std::vector<std::string> Entries() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  static void Write(const fs::path& path, std::string_view text) {
    WriteFileAtomically(path, std::as_bytes(std::span(text)));
  }
  static std::string Read(const fs::path& path) { return ReadTextFile(path, 1000); }

 private:
  fs::path folder_;
};

ErrorCode Failure(const fs::path& path) {
  try {
    AtomicFile file(path);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << path << " was accepted";
  return ErrorCode::kInternal;
}

TEST_F(AtomicFileTest, AppearsWholeOrNotAtAll) {
  Write(Path("a"), "old");
  {
    AtomicFile file(Path("a"));
    file.Write("new, but nev");
  }
  EXPECT_EQ(Read(Path("a")), "old");
  {
    AtomicFile file(Path("a"));
    file.Write("-ew");
    file.Seek(0);
    file.Write("n");
    EXPECT_EQ(Read(Path("a")), "old");
    file.Commit();
  }
  EXPECT_EQ(Read(Path("a")), "new");
  EXPECT_EQ(Entries(), std::vector<std::string>{"a"});
}

TEST_F(AtomicFileTest, OnlyRegularFilesAreReplaced) {
  const fs::path pipe = Path("pipe");
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  fs::create_symlink("/dev/null", Path("link_to_device"));
  fs::create_symlink(Path(""), Path("link_to_folder"));
  const std::vector<std::string> before = Entries();
  EXPECT_EQ(Failure("/dev/null"), ErrorCode::kIo);
  EXPECT_EQ(Failure("/dev/full"), ErrorCode::kIo);
  EXPECT_EQ(Failure(Path("")), ErrorCode::kIo);
  EXPECT_EQ(Failure(pipe), ErrorCode::kIo);
  EXPECT_EQ(Failure(Path("link_to_device")), ErrorCode::kIo);
  EXPECT_EQ(Failure(Path("link_to_folder")), ErrorCode::kIo);
  EXPECT_EQ(Failure(Path("missing") / "a"), ErrorCode::kNotFound);
  EXPECT_TRUE(fs::is_fifo(pipe));
  EXPECT_EQ(Entries(), before);
}

TEST_F(AtomicFileTest, ALinkStaysALink) {
  fs::create_directory(Path("elsewhere"));
  Write(Path("elsewhere") / "target", "old");
  fs::create_symlink(fs::path("elsewhere") / "target", Path("link"));
  Write(Path("link"), "new");
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(Read(Path("elsewhere") / "target"), "new");
}

TEST_F(AtomicFileTest, ANameOfTheGreatestLengthCanBeWritten) {
  const std::string name(255, 'n');
  Write(Path(name), "text");
  EXPECT_EQ(Read(Path(name)), "text");
}

TEST_F(AtomicFileTest, NothingIsRenamedOverWhatBecameAPipe) {
  AtomicFile file(Path("a"));
  file.Write("text");
  ASSERT_EQ(::mkfifo(Path("a").c_str(), 0600), 0);
  EXPECT_THROW(file.Commit(), Error);
  EXPECT_TRUE(fs::is_fifo(Path("a")));
}

TEST_F(AtomicFileTest, ALinkToNothingIsReplaced) {
  fs::create_symlink("target", Path("link"));
  Write(Path("link"), "new");
  EXPECT_FALSE(fs::is_symlink(Path("link")));
  EXPECT_EQ(Entries(), std::vector<std::string>{"link"});
  EXPECT_EQ(Read(Path("link")), "new");
}

struct stat StatusOf(const fs::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status;
}
mode_t ModeOf(const fs::path& path) { return StatusOf(path).st_mode & 07777; }

/// Sets the umask for a test.
class Umask {
 public:
  explicit Umask(mode_t mask) : old_(::umask(mask)) {}
  ~Umask() { ::umask(old_); }

 private:
  mode_t old_;
};

TEST_F(AtomicFileTest, AReplacedFileKeepsItsMode) {
  const Umask umask(022);
  for (const mode_t mode : {0600, 0640, 0444, 0666, 0755}) {
    Write(Path("a"), "old");
    ASSERT_EQ(::chmod(Path("a").c_str(), mode), 0);
    Write(Path("a"), "new");
    EXPECT_EQ(ModeOf(Path("a")), mode);
    WriteFileAtomically(Path("a"), {}, NewFileMode::kPrivate);
    EXPECT_EQ(ModeOf(Path("a")), mode);
    fs::remove(Path("a"));
  }
}

TEST_F(AtomicFileTest, ANewFileHasTheModeOfTheUmaskOrIsPrivate) {
  for (const mode_t mask : {022, 002, 077}) {
    const Umask umask(mask);
    const std::string name = "file" + std::to_string(mask);
    Write(Path(name), "new");
    EXPECT_EQ(ModeOf(Path(name)), 0666 & ~mask);
    WriteFileAtomically(Path(name + "p"), {}, NewFileMode::kPrivate);
    EXPECT_EQ(ModeOf(Path(name + "p")), 0600u);
  }
}

TEST_F(AtomicFileTest, AReplacedFileKeepsItsOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  Write(Path("a"), "old");
  ASSERT_EQ(::chown(Path("a").c_str(), 1234, 5678), 0);
  Write(Path("a"), "new");
  EXPECT_EQ(StatusOf(Path("a")).st_uid, 1234u);
  EXPECT_EQ(StatusOf(Path("a")).st_gid, 5678u);
}

}  // namespace
}  // namespace kani
