#include "apps/terminal/console.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "apps/terminal/program_name.h"
#include "base/error.h"

namespace kani::terminal {
namespace {

TEST(ConsoleTest, ForeignTextStaysOnOneLine) {
  EXPECT_EQ(OneLine("a\nkani: error\r\x1b[2Jb\x7f"), "a kani: error  [2Jb ");
  EXPECT_EQ(OneLine("ñ"), "ñ");
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

TEST(ConsoleTest, MessagesBeginWithTheNameOfTheProgram) {
  SetProgramName("kani-train");
  testing::internal::CaptureStderr();
  PrintError("no\nfile");
  PrintWarnings()("slow");
  SetProgramName("kani");
  PrintNote("done");
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "kani-train: error: no file\nkani-train: warning: slow\nkani: done\n");
}

}  // namespace
}  // namespace kani::terminal
