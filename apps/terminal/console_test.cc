#include "apps/terminal/console.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"

namespace kani::cli {
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

}  // namespace
}  // namespace kani::cli
