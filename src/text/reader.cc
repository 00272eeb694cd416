#include "text/reader.h"

namespace kani::text {
namespace {

// Longer than every word in the tables ("dieciséis" with room to spare for decomposed accents).
constexpr size_t kMaxWordBytes = 48;

bool IsBlank(char32_t c) { return c == ' ' || c == U'\u00A0' || c == U'\u202F' || c == U'\u2009'; }

}  // namespace

size_t Reader::DigitsEnd(size_t at) const {
  while (DigitAt(at)) ++at;
  return at;
}

bool Reader::StartsWithWord(size_t at, std::string_view written) const {
  return StartsWith(at, written) && WordBorder(at + written.size());
}

bool Reader::WordBorder(size_t at) const {
  return !IsWordCharacter(Before(at)) || !IsWordCharacter(At(at));
}

size_t Reader::SkipBlank(size_t at) const {
  const CodePoint c = DecodeAt(text_, at);
  return IsBlank(c.value) ? at + c.bytes : at;
}

size_t Reader::SkipBlankBack(size_t at) const {
  const CodePoint c = DecodeBefore(text_, at);
  return IsBlank(c.value) ? at - c.bytes : at;
}

bool Reader::StartsLine(size_t at) const {
  constexpr int kMaxIndent = 8;
  for (int i = 0; i < kMaxIndent; ++i) {
    const size_t before = SkipBlankBack(at);
    if (before == at) break;
    at = before;
  }
  const char32_t before = Before(at);
  return before == 0 || before == '\n' || before == '\r';
}

bool Reader::EndsLine(size_t at) const {
  const char32_t next = At(SkipBlank(at));
  return next == 0 || next == '\n' || next == '\r';
}

std::string_view Reader::DigitsBefore(size_t at) const {
  const size_t end = SkipBlankBack(at);
  size_t begin = end;
  while (begin > 0 && end - begin < kMaxWordBytes && IsDigit(Before(begin))) --begin;
  return Slice(begin, end);
}

std::string_view Reader::WordAt(size_t at) const {
  size_t end = at;
  while (end < text_.size() && end - at <= kMaxWordBytes) {
    const CodePoint c = DecodeAt(text_, end);
    if (!IsLetter(c.value)) return Slice(at, end);
    end += c.bytes;
  }
  return end - at > kMaxWordBytes ? std::string_view() : Slice(at, end);
}

std::string_view Reader::WordBefore(size_t at) const {
  size_t end = at;
  const CodePoint blank = DecodeBefore(text_, at);
  if (IsBlank(blank.value)) end -= blank.bytes;
  size_t begin = end;
  while (begin > 0 && end - begin <= kMaxWordBytes) {
    const CodePoint c = DecodeBefore(text_, begin);
    if (!IsLetter(c.value)) return Slice(begin, end);
    begin -= c.bytes;
  }
  return end - begin > kMaxWordBytes ? std::string_view() : Slice(begin, end);
}

}  // namespace kani::text
