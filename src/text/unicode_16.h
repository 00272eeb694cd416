// The classes of characters that regular expressions of tokenizers ask for, of Unicode 16 as the
// reference knows it (tokenizers 0.23.3), whatever the libraries of the system know.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kani::text {

/// First and last code point of each run, in order.
using CodeRanges = std::vector<std::pair<uint32_t, uint32_t>>;

/// A general category by its short or long name ("L", "lu", "Decimal_Number"; case, blanks and
/// lines do not count), or "word", the characters of \w; empty for another name.
CodeRanges ClassOfUnicode16(std::string_view name);

/// Whether a code point has the category L*, M*, Nd, Nl or Pc.
bool IsWordOfUnicode16(char32_t c);

}  // namespace kani::text
