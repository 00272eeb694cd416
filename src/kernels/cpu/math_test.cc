// Our exp, erf and squared sine against libm in double over dense grids.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/cpu/isas.h"

namespace kani::kernels {
namespace {

using Row = void (*)(const float* x, float* y, int64_t count);

/// The largest error(found, exact value at x) over [low, high].
template <typename Exact, typename Measure>
double LargestError(Row row, double low, double high, const Exact& exact, const Measure& error) {
  constexpr int64_t kPoints = 400'003;
  std::vector<float> x(kPoints), y(kPoints);
  for (int64_t i = 0; i < kPoints; ++i) {
    x[static_cast<size_t>(i)] = static_cast<float>(low + (high - low) * static_cast<double>(i) /
                                                             static_cast<double>(kPoints - 1));
  }
  row(x.data(), y.data(), kPoints);
  double largest = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, error(y[i], exact(static_cast<double>(x[i]))));
  }
  return largest;
}

double Absolute(double found, double exact) { return std::fabs(found - exact); }
double Relative(double found, double exact) { return std::fabs(found / exact - 1); }
double SquaredSine(double x) { return std::sin(x) * std::sin(x); }

class MathTest : public testing::Test {
 protected:
  void SetUp() override {
    if (AvailableTables().empty()) GTEST_SKIP() << "this CPU has no vector kernels";
  }
};

TEST_F(MathTest, ExpIsWithinTwoUnitsInTheLastPlace) {
  for (const KernelTable* table : AvailableTables()) {
    const auto exact = [](double x) { return std::exp(x); };
    EXPECT_LT(LargestError(table->exp, -87, 88.7, exact, Relative), 1.3e-7) << table->name;
    EXPECT_LT(LargestError(table->exp, -1, 1, exact, Relative), 1.2e-7) << table->name;
  }
}

TEST_F(MathTest, ExpEndsInZeroInfinityAndNan) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const KernelTable* table : AvailableTables()) {
    const float x[] = {-kInfinity, -1000, 89, 1000, kInfinity, std::nanf(""), 0};
    float y[7];
    table->exp(x, y, 7);
    EXPECT_EQ(y[0], 0);
    EXPECT_EQ(y[1], 0);
    EXPECT_EQ(y[2], kInfinity);
    EXPECT_EQ(y[3], kInfinity);
    EXPECT_EQ(y[4], kInfinity);
    EXPECT_TRUE(std::isnan(y[5]));
    EXPECT_EQ(y[6], 1);
  }
}

TEST_F(MathTest, ErfIsWithin1e7OfExact) {
  for (const KernelTable* table : AvailableTables()) {
    const auto exact = [](double x) { return std::erf(x); };
    EXPECT_LT(LargestError(table->erf, -6, 6, exact, Absolute), 1.5e-7) << table->name;
    EXPECT_LT(LargestError(table->erf, 1e-6, 1, exact, Relative), 3e-7) << table->name;
  }
}

TEST_F(MathTest, SquaredSineIsAccurateFarFromZero) {
  for (const KernelTable* table : AvailableTables()) {
    EXPECT_LT(LargestError(table->sine_squared, -4, 4, SquaredSine, Absolute), 2.5e-7);
    EXPECT_LT(LargestError(table->sine_squared, -5000, 5000, SquaredSine, Absolute), 3e-7);
  }
}

TEST_F(MathTest, SineAndCosineAreAccurateAtEveryPositionOfAPrompt) {
  for (const KernelTable* table : AvailableTables()) {
    double largest = 0;
    for (float position = 0; position < 20000; position += 13.25f) {
      float inv_freq[21], sine[21], cosine[21];
      for (int i = 0; i < 21; ++i) inv_freq[i] = std::pow(1e6f, -static_cast<float>(i) / 21);
      table->sin_cos(position, inv_freq, sine, cosine, 21);
      for (int i = 0; i < 21; ++i) {
        const double angle = static_cast<double>(position * inv_freq[i]);
        largest = std::max(largest, std::fabs(sine[i] - std::sin(angle)));
        largest = std::max(largest, std::fabs(cosine[i] - std::cos(angle)));
      }
    }
    EXPECT_LT(largest, 1.5e-7) << table->name;
  }
}

}  // namespace
}  // namespace kani::kernels
