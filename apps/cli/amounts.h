// Bytes and seconds as people say them.
#pragma once

#include <cstdint>
#include <string>

namespace kani::cli {

/// Three digits in decimal units: "999 B", "1.17 GB".
std::string SizeText(uint64_t bytes);
/// "45 s", "3 min 20 s", "2 h 5 min", "3 days".
std::string DurationText(double seconds);

}  // namespace kani::cli
