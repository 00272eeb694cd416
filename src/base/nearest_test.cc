#include "base/nearest.h"

#include <gtest/gtest.h>

namespace kani {
namespace {

TEST(NearestTest, CountsEdits) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  const std::vector<std::string> known = {"text", "speaker", "language"};
  EXPECT_EQ(Nearest("langauge", known), "language");
  EXPECT_EQ(Nearest(std::string(1 << 20, 'x'), known), "text");
}

}  // namespace
}  // namespace kani
