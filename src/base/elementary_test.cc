// Against libm in long double over dense grids, at the ends of the ranges, and bit for bit.

#include "base/elementary.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

namespace kani {
namespace {

using Function = double (*)(double);
using Wide = long double;

constexpr int kPoints = 200'003;

double GridPoint(int i, double low, double high) { return low + (high - low) * i / (kPoints - 1); }

struct Errors {
  double absolute = 0, relative = 0;
};

/// The largest errors over [low, high].
Errors LargestErrors(Function function, Wide (*exact)(Wide), double low, double high) {
  Errors largest;
  for (int i = 0; i < kPoints; ++i) {
    const double x = GridPoint(i, low, high);
    const Wide expected = exact(x), error = std::fabs(function(x) - expected);
    largest.absolute = std::fmax(largest.absolute, static_cast<double>(error));
    if (expected != 0) {
      largest.relative =
          std::fmax(largest.relative, static_cast<double>(error / std::fabs(expected)));
    }
  }
  return largest;
}

Wide ExactExp(Wide x) { return std::exp(x); }
Wide ExactLog(Wide x) { return std::log(x); }
Wide ExactSin(Wide x) { return std::sin(x); }
Wide ExactCos(Wide x) { return std::cos(x); }
Wide ExactTanh(Wide x) { return std::tanh(x); }
Wide ExactSigmoid(Wide x) { return 1 / (1 + std::exp(-x)); }

TEST(ElementaryTest, ExpIsWithinTwoUnitsInTheLastPlace) {
  EXPECT_LT(LargestErrors(Exp, ExactExp, -708, 709).relative, 4e-16);
  EXPECT_LT(LargestErrors(Exp, ExactExp, -1, 1).relative, 4e-16);
}

TEST(ElementaryTest, ExpEndsInZeroInfinityAndNan) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Exp(-kInfinity), 0);
  EXPECT_EQ(Exp(-708.5), 0);
  EXPECT_GT(Exp(-708), 0);
  EXPECT_EQ(Exp(0), 1);
  EXPECT_LT(Exp(709), kInfinity);
  EXPECT_EQ(Exp(709.5), kInfinity);
  EXPECT_EQ(Exp(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(Exp(std::nan(""))));
}

TEST(ElementaryTest, LogIsWithinTwoUnitsInTheLastPlace) {
  EXPECT_EQ(Log(1), 0);
  EXPECT_LT(LargestErrors(Log, ExactLog, 1e-9, 1).relative, 4e-16);
  EXPECT_LT(LargestErrors(Log, ExactLog, 0.99, 1.01).relative, 4e-16);
  EXPECT_LT(LargestErrors(Log, ExactLog, 1, 1e7).relative, 4e-16);
  EXPECT_LT(LargestErrors(Log, ExactLog, 1e-300, 1e-290).relative, 4e-16);
}

TEST(ElementaryTest, SineAndCosineAreAccurateFarFromZero) {
  for (const double range : {1.0, 20.0, 1e5}) {
    EXPECT_LT(LargestErrors(Sin, ExactSin, -range, range).absolute, 2e-16) << range;
    EXPECT_LT(LargestErrors(Cos, ExactCos, -range, range).absolute, 2e-16) << range;
  }
  EXPECT_LT(LargestErrors(Sin, ExactSin, -1e-3, 1e-3).relative, 4e-16);
}

TEST(ElementaryTest, TanhAndSigmoidKeepTheirRelativeError) {
  for (const double range : {1e-3, 1.0, 30.0}) {
    EXPECT_LT(LargestErrors(Tanh, ExactTanh, -range, range).relative, 1e-15) << range;
    EXPECT_LT(LargestErrors(Sigmoid, ExactSigmoid, -range, range).relative, 1e-15) << range;
  }
  EXPECT_TRUE(std::isnan(Tanh(std::nan(""))));
  EXPECT_EQ(Tanh(1000), 1);
  EXPECT_EQ(Tanh(-1000), -1);
  EXPECT_EQ(Sigmoid(-1000), 0);
  EXPECT_EQ(Sigmoid(1000), 1);
}

// What the file exists for: a compiler, its flags or a machine must not change a bit.
TEST(ElementaryTest, ResultsAreTheSameBitsEverywhere) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a over 64-bit words
  for (const Function function : {Exp, Sin, Cos, Tanh, Sigmoid}) {
    for (int i = 0; i < kPoints; i += 100) {
      hash = (hash ^ std::bit_cast<uint64_t>(function(GridPoint(i, -37, 41)))) * 0x100000001b3;
    }
  }
  for (int i = 0; i < kPoints; i += 100) {
    hash = (hash ^ std::bit_cast<uint64_t>(Log(GridPoint(i, 1e-9, 1e6)))) * 0x100000001b3;
  }
  EXPECT_EQ(hash, 2026812003156655557u);
}

}  // namespace
}  // namespace kani
