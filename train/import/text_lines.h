// The lines of a text file that somebody else wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kani::train {

inline std::string_view AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Longest line of a list of recordings.
inline constexpr size_t kMaxListLineBytes = 1 << 18;

/// Without blanks at either end.
inline std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Calls visit(line, number from 1) for every line that is not blank, without its end, LF or CRLF,
/// and without a byte order mark. Throws kInvalidFile for a line longer than `max_bytes`.
/// @param first number of the first line, where `text` is not the beginning
template <typename Visit>
void ForEachLine(std::string_view text, const std::string& source, size_t max_bytes,
                 const Visit& visit, int64_t first = 1) {
  if (first == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int64_t number = first; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.size() > max_bytes) {
      Fail(ErrorCode::kInvalidFile, source, ":", number, ": line of ", line.size(),
           " bytes, expected at most ", max_bytes);
    }
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!Trimmed(line).empty()) visit(line, number);
  }
}

}  // namespace kani::train
