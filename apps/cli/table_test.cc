#include "apps/cli/table.h"

#include <gtest/gtest.h>

namespace kani::cli {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(AlignedLines({{"a", "bb", "c"}, {"aaa", "b"}, {"á", "bbb", "c"}}),
            (std::vector<std::string>{"a    bb   c", "aaa  b", "á    bbb  c"}));
}

TEST(TableTest, NoCellEndsItsLineOrFillsItWithBlanks) {
  EXPECT_EQ(AlignedLines({{"a\nb", ""}, {"", ""}}), (std::vector<std::string>{"a b", ""}));
  EXPECT_TRUE(AlignedLines({}).empty());
}

}  // namespace
}  // namespace kani::cli
