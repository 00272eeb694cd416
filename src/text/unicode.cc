#include "text/unicode.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "base/error.h"

namespace kani::text {

namespace {

/// Offset of the first byte that is no UTF-8, or the size.
size_t ValidBytes(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    size_t next = at;
    UChar32 c = 0;
    U8_NEXT(text.data(), next, text.size(), c);
    if (c < 0) return at;
    at = next;
  }
  return text.size();
}

}  // namespace

bool IsUtf8(std::string_view text) { return ValidBytes(text) == text.size(); }

void RequireUtf8(std::string_view text) {
  const size_t valid = ValidBytes(text);
  if (valid == text.size()) return;
  Fail(ErrorCode::kInvalidArgument, "text: invalid UTF-8 at byte ", valid, " of ", text.size());
}

CodePoint DecodeAt(std::string_view text, size_t at) {
  if (at >= text.size()) return {};
  size_t next = at;
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(text.data(), next, text.size(), c);
  return {static_cast<char32_t>(c), next - at};
}

CodePoint DecodeBefore(std::string_view text, size_t at) {
  if (at == 0) return {};
  size_t start = at - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  return {DecodeAt(text, start).value, at - start};
}

void AppendUtf8(std::string& out, char32_t c) {
  char bytes[U8_MAX_LENGTH];
  size_t size = 0;
  U8_APPEND_UNSAFE(bytes, size, static_cast<UChar32>(c));
  out.append(bytes, size);
}

bool IsSpace(char32_t c) { return u_isUWhiteSpace(static_cast<UChar32>(c)); }

bool IsMark(char32_t c) {
  constexpr uint32_t kMarks = U_GC_M_MASK;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & kMarks) != 0;
}

bool IsLetter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  // The ordinal indicators count as letters in Unicode, but they end a number.
  if (c == U'\u00AA' || c == U'\u00BA') return false;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_L_MASK | U_GC_M_MASK)) != 0;
}

bool IsUpper(char32_t c) { return u_isUUppercase(static_cast<UChar32>(c)); }

bool IsLower(char32_t c) { return u_isULowercase(static_cast<UChar32>(c)); }

char32_t LowerCase(char32_t c) { return static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))); }

char32_t UpperCase(char32_t c) { return static_cast<char32_t>(u_toupper(static_cast<UChar32>(c))); }

std::string LowerCase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    AppendUtf8(out, LowerCase(c.value));
    at += c.bytes;
  }
  return out;
}

}  // namespace kani::text
