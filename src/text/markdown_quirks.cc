#include "text/markdown_quirks.h"

#include <algorithm>

#include "text/unicode.h"

namespace kani::text {
namespace {

constexpr std::u32string_view kBullets = U"•●○▪▫■□◦‣⁃·➤►▶✓✔✗✘☐☑☒";

std::string WithoutComments(std::string_view text) {
  std::string out;
  for (size_t at = 0;;) {
    const size_t begin = text.find("<!--", at);
    const size_t end = begin == std::string_view::npos ? begin : text.find("-->", begin);
    if (end == std::string_view::npos) return out += text.substr(at);
    out += text.substr(at, begin - at);
    at = end + 3;
  }
}

/// Behind "[^note]" at `at`, or `at`; behind "[^note]:" where it starts a line.
size_t FootnoteEnd(std::string_view line, size_t at) {
  constexpr size_t kMaxBytes = 32;
  if (!line.substr(at).starts_with("[^")) return at;
  const size_t length = line.substr(at, kMaxBytes).find(']');
  if (length == std::string_view::npos || length < 3) return at;
  if (line.substr(at, length).find(' ') != std::string_view::npos) return at;
  const size_t end = at + length + 1;
  return at == 0 && line.substr(end).starts_with(":") ? end + 1 : end;
}

/// A run of stars at `at` that multiplies: "2*3", "x*2", "2**8".
bool Multiplies(std::string_view line, size_t at, size_t end) {
  const char32_t before = DecodeBefore(line, at).value;
  const char32_t behind = DecodeAt(line, end).value;
  if (!IsWordCharacter(before) || !IsWordCharacter(behind)) return false;
  if (end - at == 1) return IsDigit(before) || IsDigit(behind);
  return end - at == 2 && IsDigit(before) && IsDigit(behind);
}

/// The line below the head of a table: "|-|:-:|".
bool IsTableRule(std::string_view line) {
  return line.find_first_not_of("|:- \t") == std::string_view::npos &&
         line.find('|') != std::string_view::npos && line.find('-') != std::string_view::npos;
}

/// The end of the mathematics that starts with `sign` ("$" or "$$") at `at`, behind its closing
/// sign; `at` where there is none: amounts of money have no "=" or "^" between two signs.
size_t MathEnd(std::string_view line, size_t at, std::string_view sign) {
  constexpr size_t kMaxBytes = 256;
  const size_t begin = at + sign.size();
  const size_t end = line.substr(0, begin + kMaxBytes).find(sign, begin);
  if (end == std::string_view::npos || end == begin || IsSpace(line[begin]) ||
      IsSpace(line[end - 1]) || IsDigit(DecodeAt(line, end + sign.size()).value)) {
    return at;
  }
  const bool is_math =
      line.substr(begin, end - begin).find_first_of("\\^_={") != std::string_view::npos;
  return is_math ? end + sign.size() : at;
}

void AppendLine(std::string& out, std::string_view line) {
  const size_t indent = std::min(line.find_first_not_of(" \t"), line.size());
  const CodePoint first = DecodeAt(line, indent);
  size_t at = 0;
  if (kBullets.find(first.value) != std::u32string_view::npos && first.bytes > 0 &&
      IsSpace(DecodeAt(line, indent + first.bytes).value)) {
    out += line.substr(0, indent);
    out += '-';
    at = indent + first.bytes;
  } else if (const size_t level = std::min(line.find_first_not_of('='), line.size());
             level >= 2 && level <= 6 && line.size() > 2 * level &&
             line.ends_with(line.substr(0, level))) {
    out += "# ";
    out += line.substr(level, line.size() - 2 * level);
    return;
  }
  if (IsTableRule(line)) {  // md4c wants three dashes in each column
    for (const char c : line) out.append(c == '-' ? 3 : 1, c);
    return;
  }
  while (at < line.size()) {
    if (line[at] == '*') {
      const size_t end = std::min(line.find_first_not_of('*', at), line.size());
      const bool multiplies = Multiplies(line, at, end);
      for (; at < end; ++at) out += multiplies ? "\\*" : "*";
    } else if (line[at] == '$') {
      const std::string_view sign = line.substr(at).starts_with("$$") ? "$$" : "$";
      const size_t end = MathEnd(line, at, sign);
      const size_t dropped = end > at ? sign.size() : 0;
      out += line.substr(at + dropped, std::max(end, at + sign.size()) - at - 2 * dropped);
      at = std::max(end, at + sign.size());
    } else if (const size_t end = FootnoteEnd(line, at); end > at) {
      at = end;
    } else {
      // Markup marks a line's end with \v and a paragraph's with \f; here they are line breaks.
      const bool is_break = line[at] == '\v' || line[at] == '\f';
      out += is_break ? '\n' : line[at];
      ++at;
    }
  }
}

}  // namespace

std::string WithCommonMarkSpelling(std::string_view text) {
  const std::string shown = WithoutComments(text);
  std::string out;
  out.reserve(shown.size() + shown.size() / 16);
  for (std::string_view rest = shown; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end);
    const size_t content = std::min(line.find_last_not_of("\r\n") + 1, line.size());
    AppendLine(out, line.substr(0, content));
    out += line.substr(content);
  }
  return out;
}

}  // namespace kani::text
