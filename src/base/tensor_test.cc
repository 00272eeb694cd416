#include "base/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kani {
namespace {

TEST(AllFiniteTest, NoticesOneBadNumberAtEveryPlace) {
  for (size_t count = 0; count < 50; ++count) {
    std::vector<float> values(count, std::numeric_limits<float>::lowest());
    EXPECT_TRUE(AllFinite(values)) << count;
    for (size_t i = 0; i < count; ++i) {
      for (const float bad : {NAN, -NAN, INFINITY, -INFINITY}) {
        values[i] = bad;
        EXPECT_FALSE(AllFinite(values)) << count << " " << i;
      }
      values[i] = std::numeric_limits<float>::denorm_min();
    }
  }
}

}  // namespace
}  // namespace kani
