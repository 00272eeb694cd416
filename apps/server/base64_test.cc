#include "apps/server/base64.h"

#include <gtest/gtest.h>

namespace kani::server {
namespace {

TEST(Base64Test, IsThatOfTheStandard) {  // RFC 4648, section 10
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64(std::string("\0\xff", 2)), "AP8=");
}

}  // namespace
}  // namespace kani::server
