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
