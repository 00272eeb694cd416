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

}  // namespace
}  // namespace kani
