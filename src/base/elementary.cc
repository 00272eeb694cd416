// Each function: reduce the argument, then the Taylor series in Horner's form, cut where the next
// term is below 2^-56 of the result.

#include "base/elementary.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include "base/error.h"

namespace kani {
namespace {

constexpr int kTerms = 18;
constexpr std::array<double, kTerms + 1> kInverseFactorial = [] {
  std::array<double, kTerms + 1> values{};
  double factorial = 1;  // 18! is below 2^53
  for (int k = 0; k <= kTerms; ++k) {
    if (k > 0) factorial *= k;
    values[static_cast<size_t>(k)] = 1 / factorial;
  }
  return values;
}();

// The upper pieces have 33 bits, so that a product with an integer below 2^20 is exact.
constexpr double kLn2High = 0x1.62e42fefp-1, kLn2Low = 0x1.473de6af278edp-34;
constexpr double kHalfPiHigh = 0x1.921fb544p+0, kHalfPiLow = 0x1.0b4611a626331p-34;

/// e^r - 1 for |r| <= ln 2 / 2.
double ExpMinusOne(double r) {
  double sum = kInverseFactorial[13];
  for (size_t k = 12; k >= 2; --k) sum = sum * r + kInverseFactorial[k];
  return sum * (r * r) + r;
}

/// x = quarters * pi / 2 + rest, |rest| <= pi / 4 (a hair more by rounding).
struct Angle {
  int64_t quarters;
  double rest;
};

Angle Reduce(double x) {
  KANI_DCHECK(std::fabs(x) <= 1e5);
  const double n = std::floor(x * (2 / std::numbers::pi) + 0.5);
  return {static_cast<int64_t>(n), (x - n * kHalfPiHigh) - n * kHalfPiLow};
}

/// Sine of r turned by a number of quarters.
double SineOfQuarters(double r, int64_t quarters) {
  const bool is_cosine = quarters % 2 != 0;
  const double square = r * r;
  // r - r^3/3! + ... - r^15/15! + r^17/17!, or 1 - r^2/2! + ... + r^16/16!.
  const size_t lowest = is_cosine ? 2 : 3;
  double sum = 0;
  for (size_t k = lowest + 14; k >= lowest; k -= 2) sum = kInverseFactorial[k] - sum * square;
  const double value = is_cosine ? 1 - square * sum : r - r * square * sum;
  return (quarters & 2) != 0 ? -value : value;
}

}  // namespace

double Exp(double x) {
  if (std::isnan(x)) return x;
  if (x < -708) return 0;
  if (x > 709) return std::numeric_limits<double>::infinity();
  const double n = std::floor(x * std::numbers::log2e + 0.5);
  const double r = (x - n * kLn2High) - n * kLn2Low;
  const auto power = std::bit_cast<double>((static_cast<int64_t>(n) + 1023) << 52);  // 2^n
  return (1 + ExpMinusOne(r)) * power;
}

double Log(double x) {
  KANI_DCHECK(std::isnormal(x) && x > 0);
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // [0.5, 1)
  if (m < std::numbers::sqrt2 / 2) {
    m *= 2;
    --exponent;
  }
  // log m = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.172.
  const double s = (m - 1) / (m + 1), square = s * s;
  double sum = 0;
  for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * square;
  return exponent * kLn2High + (2 * s + (2 * s * sum + exponent * kLn2Low));
}

double Sin(double x) {
  const auto [quarters, rest] = Reduce(x);
  return SineOfQuarters(rest, quarters);
}

double Cos(double x) {
  const auto [quarters, rest] = Reduce(x);
  return SineOfQuarters(rest, quarters + 1);
}

double Tanh(double x) {
  const double twice = 2 * std::fabs(x);
  if (twice >= 0.34) return std::copysign(1 - 2 / (Exp(twice) + 1), x);
  const double grown = ExpMinusOne(twice);
  return std::copysign(grown / (grown + 2), x);
}

double Sigmoid(double x) { return 1 / (1 + Exp(-x)); }

}  // namespace kani
