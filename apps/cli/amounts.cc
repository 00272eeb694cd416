#include "apps/cli/amounts.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "base/error.h"

namespace kani::cli {

std::string SizeText(uint64_t bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "kB", "MB", "GB", "TB", "PB"};
  // From here on a value would be rounded to four digits.
  constexpr double kNextUnit = 999.5;
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= kNextUnit && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  const int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, kUnits[unit]);
  return text.data();
}

std::string DurationText(double seconds) {
  constexpr double kLongest = 1e10;
  constexpr int64_t kTwoDays = 172'800;
  const auto whole = static_cast<int64_t>(std::ceil(std::fmin(std::fmax(seconds, 0), kLongest)));
  if (whole < 60) return StrCat(whole, " s");
  if (whole < 3600) return StrCat(whole / 60, " min ", whole % 60, " s");
  if (whole < kTwoDays) return StrCat(whole / 3600, " h ", whole % 3600 / 60, " min");
  return StrCat(whole / 86'400, " days");
}

}  // namespace kani::cli
