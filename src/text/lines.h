// Line breaks: those that end a paragraph and those that only wrap it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace kani::text {

/// Any of Unicode's but U+2029, which ends a paragraph by itself.
bool IsLineBreak(char32_t c);

/// A stretch of white space.
struct WhiteSpace {
  size_t end = 0;               ///< byte behind it
  size_t lines = 0;             ///< line breaks in it; CR LF is one
  bool ends_paragraph = false;  ///< an empty line or U+2029
};
/// The white space that starts at `at`; empty where there is none.
WhiteSpace WhiteSpaceAt(std::string_view text, size_t at);

/// The same number of bytes, with blanks for the line breaks that end no paragraph.
std::string WithoutWraps(std::string_view text);

}  // namespace kani::text
