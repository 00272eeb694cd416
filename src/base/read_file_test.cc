#include "base/read_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/mapped_file.h"
#include "base/testing.h"

namespace kani {
namespace {

namespace fs = std::filesystem;

class ReadFileTest : public testing::Test {
 protected:
  ReadFileTest() {
    std::string pattern = testing::TempDir() + "kani_read_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ReadFileTest() override { fs::remove_all(folder_); }
  fs::path Write(std::string_view bytes) const {
    std::ofstream(folder_ / "file", std::ios::binary) << bytes;
    return folder_ / "file";
  }
  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

TEST_F(ReadFileTest, GivesEveryByteUpToTheLimit) {
  std::string bytes(200'000, 'x');
  bytes[1000] = '\0';
  const fs::path path = Write(bytes);
  EXPECT_EQ(ReadTextFile(path, bytes.size()), bytes);
  EXPECT_EQ(ReadBinaryFile(path, bytes.size()).size(), bytes.size());
  EXPECT_EQ(ReadTextFile(Write(""), 0), "");
  Write(bytes);
  EXPECT_EQ(Failure([&] { ReadTextFile(path, bytes.size() - 1); }),
            "resource_exhausted: " + Quoted(path.string()) +
                ": 200000 bytes, at most 199999 are accepted");
}

TEST_F(ReadFileTest, ReadsFilesOfTheSystemThatHaveNoSize) {
  EXPECT_GT(ReadTextFile("/proc/self/status", 1 << 20).size(), 100u);
  EXPECT_TRUE(
      Failure([] { ReadTextFile("/proc/self/status", 10); }).starts_with("resource_exhausted: "));
}

TEST_F(ReadFileTest, RefusesWhatIsNoRegularFile) {
  const fs::path pipe = folder() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  for (const fs::path& path : {folder(), pipe, fs::path("/dev/zero")}) {
    EXPECT_TRUE(Failure([&] { ReadTextFile(path, 1000); }).starts_with("io: ")) << path;
    EXPECT_TRUE(Failure([&] { MappedFile file(path); }).starts_with("io: ")) << path;
  }
  EXPECT_TRUE(Failure([&] { ReadTextFile(folder() / "none", 9); }).starts_with("not_found: "));
}

TEST_F(ReadFileTest, AFileThatIsCutMeanwhileIsTextOrAnError) {
  const std::string bytes(1 << 20, 'x');
  const fs::path path = Write(bytes);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) {
      ASSERT_EQ(::truncate(path.c_str(), 0), 0);
      ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(bytes.size())), 0);
    }
  });
  int whole = 0, failed = 0;
  for (int i = 0; i < 2000; ++i) {
    try {
      EXPECT_LE(ReadTextFile(path, bytes.size()).size(), bytes.size());
      ++whole;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo) << error.what();
      ++failed;
    }
  }
  stop = true;
  writer.join();
  EXPECT_EQ(whole + failed, 2000);
}

TEST_F(ReadFileTest, NoFileHandlesLeftIsExhaustionNotAFault) {
  const fs::path path = Write("text");
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  const rlimit none{0, old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const std::string read = Failure([&] { ReadTextFile(path, 9); });
  const std::string mapped = Failure([&] { MappedFile file(path); });
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &old), 0);
  EXPECT_TRUE(read.starts_with("resource_exhausted: ")) << read;
  EXPECT_TRUE(mapped.starts_with("resource_exhausted: ")) << mapped;
}

TEST_F(ReadFileTest, AMapThatDoesNotFitIsExhaustion) {
  const fs::path path = Write("");
  constexpr rlim_t kGiB = 1 << 30;
  ASSERT_EQ(::truncate(path.c_str(), kGiB), 0);
  rlim_t used_pages = 0;
  std::ifstream("/proc/self/statm") >> used_pages;
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &old), 0);
  const rlimit tight{used_pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + kGiB / 2,
                     old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &tight), 0);
  const std::string mapped = Failure([&] { MappedFile file(path); });
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &old), 0);
  EXPECT_TRUE(mapped.starts_with("resource_exhausted: ")) << mapped;
}

}  // namespace
}  // namespace kani
