#include "text/lines.h"

#include <algorithm>

#include "text/unicode.h"

namespace kani::text {

bool IsLineBreak(char32_t c) {
  return c == '\n' || c == '\r' || c == U'\u0085' || c == U'\u2028' || c == '\v' || c == '\f';
}

WhiteSpace WhiteSpaceAt(std::string_view text, size_t at) {
  WhiteSpace space{.end = at};
  while (space.end < text.size()) {
    const CodePoint c = DecodeAt(text, space.end);
    if (!IsSpace(c.value)) break;
    const bool is_crlf = c.value == '\n' && space.end > at && text[space.end - 1] == '\r';
    if (IsLineBreak(c.value) && !is_crlf) ++space.lines;
    space.ends_paragraph |= space.lines >= 2 || c.value == U'\u2029';
    space.end += c.bytes;
  }
  return space;
}

std::string WithoutWraps(std::string_view text) {
  std::string out(text);
  for (size_t at = 0; at < text.size();) {
    const WhiteSpace space = WhiteSpaceAt(text, at);
    if (space.end == at) {
      at += DecodeAt(text, at).bytes;
      continue;
    }
    if (space.lines == 1 && !space.ends_paragraph) {
      std::fill(out.begin() + static_cast<std::ptrdiff_t>(at),
                out.begin() + static_cast<std::ptrdiff_t>(space.end), ' ');
    }
    at = space.end;
  }
  return out;
}

}  // namespace kani::text
