// Numbers for people to read.
#pragma once

#include <string>

namespace kani::train {

/// With fixed decimals: "0.50".
std::string Fixed(double value, int decimals);
/// With at most `digits` digits, and thousands, millions or milliards as a letter if `largest`, the
/// largest number beside it, has five digits before the point: "12.5k" beside 90000.
std::string NumberText(double value, double largest, int digits);
/// Of about this many seconds: "45 s", "12 min", "3 h 05 min", "4 d 2 h".
std::string DurationText(double seconds);

}  // namespace kani::train
