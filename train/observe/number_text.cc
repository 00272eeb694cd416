#include "train/observe/number_text.h"

#include <array>
#include <cmath>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string_view>

#include "base/error.h"

namespace kani::train {

std::string Fixed(double value, int decimals) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(decimals) << value;
  return std::move(out).str();
}

std::string NumberText(double value, double largest, int digits) {
  constexpr std::array<std::string_view, 4> kUnits = {"", "k", "M", "G"};
  size_t unit = 0;
  for (; std::abs(largest) >= 1e4 && unit + 1 < kUnits.size(); ++unit) {
    value /= 1000;
    largest /= 1000;
  }
  if (value == 0) return "0";
  std::ostringstream out;
  out << std::setprecision(digits) << value << kUnits[unit];
  return std::move(out).str();
}

std::string DurationText(double seconds) {
  if (seconds < 60) return StrCat(std::lround(seconds), " s");
  const int64_t minutes = std::lround(seconds / 60), hours = minutes / 60;
  if (hours == 0) return StrCat(minutes, " min");
  if (hours < 24) return StrCat(hours, " h ", minutes % 60 < 10 ? "0" : "", minutes % 60, " min");
  return StrCat(hours / 24, " d ", hours % 24, " h");
}

}  // namespace kani::train
