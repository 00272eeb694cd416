#include "console.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"

namespace kani::cli {
namespace {

ErrorCode OutputFailure(const std::filesystem::path& path) {
  try {
    CheckOutputPath(path);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << path << " was accepted";
  return ErrorCode::kInternal;
}

TEST(ConsoleTest, ForeignTextStaysOnOneLine) {
  EXPECT_EQ(OneLine("a\nkani: error\r\x1b[2Jb\x7f"), "a kani: error  [2Jb ");
  EXPECT_EQ(OneLine("ñ"), "ñ");
}

TEST(ConsoleTest, DevicesFoldersAndPipesAreNoOutputFiles) {
  EXPECT_EQ(OutputFailure("/dev/null"), ErrorCode::kIo);
  EXPECT_EQ(OutputFailure("/dev/full"), ErrorCode::kIo);
  EXPECT_EQ(OutputFailure("/tmp"), ErrorCode::kIo);
  EXPECT_EQ(OutputFailure("/nowhere/out.wav"), ErrorCode::kNotFound);
  const std::string pipe = testing::TempDir() + "kani_console_pipe.wav";
  ::unlink(pipe.c_str());
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(OutputFailure(pipe), ErrorCode::kIo);
  ::unlink(pipe.c_str());
  CheckOutputPath("new_file_in_this_folder.wav");
}

TEST(ConsoleTest, TextComesFromTheArgumentOrAFileWithoutItsByteOrderMark) {
  EXPECT_EQ(ReadText("hello", true, ""), "hello");
  EXPECT_EQ(ReadText("", true, ""), "");
  const std::string path = testing::TempDir() + "kani_console_text.txt";
  std::ofstream(path) << "\xEF\xBB\xBFHi.";
  EXPECT_EQ(ReadText("", false, path), "Hi.");
  std::ofstream(path) << std::string((1 << 20) + 1, 'a');
  EXPECT_THROW(ReadText("", false, path), Error);
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace kani::cli
