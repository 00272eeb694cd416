#include "base/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kani {
namespace {

TEST(DoubleToFloatTest, WhatFloatDoesNotReachBecomesInfinity) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr double kLargest = std::numeric_limits<float>::max();
  EXPECT_EQ(DoubleToFloat(1e300), kInfinity);
  EXPECT_EQ(DoubleToFloat(-1e39), -kInfinity);
  EXPECT_EQ(DoubleToFloat(std::numeric_limits<double>::infinity()), kInfinity);
  EXPECT_EQ(DoubleToFloat(kLargest), std::numeric_limits<float>::max());
  EXPECT_EQ(DoubleToFloat(-0.1), -0.1f);
  EXPECT_TRUE(std::isnan(DoubleToFloat(std::nan(""))));
}

TEST(HalfTest, EveryHalfSurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = F16ToFloat(static_cast<uint16_t>(bits));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(F16ToFloat(FloatToF16(value))));
    } else {
      EXPECT_EQ(FloatToF16(value), bits) << value;
    }
  }
}

TEST(HalfTest, RoundsToNearestEven) {
  EXPECT_EQ(FloatToF16(1.0f + 0x1p-11f), FloatToF16(1.0f));
  EXPECT_EQ(FloatToF16(1.0f + 3 * 0x1p-11f), FloatToF16(1.0f + 0x1p-9f));
  EXPECT_EQ(FloatToF16(65519.0f), 0x7BFF);
  EXPECT_EQ(FloatToF16(65520.0f), 0x7C00);
  EXPECT_EQ(FloatToF16(0x1p-25f), 0);
  EXPECT_EQ(FloatToF16(0x1.8p-24f), 2);
}

TEST(Bf16Test, RoundsToNearestEven) {
  EXPECT_EQ(FloatToBf16(1.0f + 0x1p-8f), FloatToBf16(1.0f));
  EXPECT_EQ(Bf16ToFloat(FloatToBf16(1.0f + 3 * 0x1p-8f)), 1.0f + 0x1p-6f);
  EXPECT_TRUE(std::isnan(Bf16ToFloat(FloatToBf16(std::nanf("")))));
}

}  // namespace
}  // namespace kani
