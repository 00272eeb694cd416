#include "text/characters.h"

#include <unicode/normalizer2.h>

#include <algorithm>
#include <array>

#include "text/icu_error.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// What Windows-1252 has at 0x80 to 0x9F; 0 where it has nothing.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

/// The byte that was read as `c`; 0 for a character that no byte is.
unsigned char ByteOf(char32_t c) {
  if (c >= 0x80 && c <= 0xFF) return static_cast<unsigned char>(c);
  const auto* const found = c < 0x80 ? kWindows1252.end() : std::ranges::find(kWindows1252, c);
  if (found == kWindows1252.end()) return 0;
  return static_cast<unsigned char>(0x80 + (found - kWindows1252.begin()));
}

/// Whether a character is what people write and its first byte is no letter that may well stand
/// before punctuation: "¡QUÉ…!" and "habló»…" are right as they are.
bool IsPlausible(char32_t c) {
  return (c >= 0xA0 && c <= 0xFF) || (c >= 0x2000 && c <= 0x2BFF) || (c >= 0xFB00 && c <= 0xFB06) ||
         c == 0xFEFF || (c >= 0x1F000 && c <= 0x1FAFF);
}

/// A character of two to four bytes, each of which was read as a character of its own.
/// @return its UTF-8, or "" where none starts at `at`; `end` is then set behind it.
std::string MisreadAt(std::string_view text, size_t at, size_t& end) {
  std::string bytes;
  size_t expected = 1;
  end = at;
  while (bytes.size() < expected) {
    const CodePoint c = DecodeAt(text, end);
    const unsigned char byte = ByteOf(c.value);
    if (bytes.empty()) {
      if (byte < 0xC2 || byte > 0xF4) return "";
      expected = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    } else if (byte < 0x80 || byte > 0xBF) {
      return "";
    }
    bytes += static_cast<char>(byte);
    end += c.bytes;
  }
  return IsUtf8(bytes) && IsPlausible(DecodeAt(bytes, 0).value) ? bytes : "";
}

std::string WithoutMisreadBytes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    // What was misread starts with one of U+00C2 (Â) to U+00F4, whose first byte is this.
    const bool may_start = static_cast<unsigned char>(text[at]) == 0xC3;
    const std::string meant = may_start ? MisreadAt(text, at, end) : "";
    if (meant.empty()) {
      end = at + DecodeAt(text, at).bytes;
      out += text.substr(at, end - at);
    } else {
      out += meant;
    }
    at = end;
  }
  return out;
}

bool IsStyled(char32_t c) {
  const bool is_ligature = c >= 0xFB00 && c <= 0xFB06;
  const bool is_mathematical = c >= 0x1D400 && c <= 0x1D7FF;
  const bool is_circled = (c >= 0x2460 && c <= 0x2473) || (c >= 0x24B6 && c <= 0x24E9);
  const bool is_squared = c >= 0x1F130 && c <= 0x1F149;
  const bool is_full_width =
      (c >= 0xFF10 && c <= 0xFF19) || (c >= 0xFF21 && c <= 0xFF3A) || (c >= 0xFF41 && c <= 0xFF5A);
  // ℂ, ℎ, ℓ: letters that had a place before the mathematical alphabets; Ω, K and Å are units.
  const bool is_letter_like = c >= 0x2102 && c <= 0x2139 && IsLetter(c) && c != 0x2116 &&
                              c != 0x2126 && c != 0x212A && c != 0x212B && c != 0x2107 &&
                              c != 0x2108 && c != 0x2114 && !(c >= 0x2135 && c <= 0x2138);
  return is_ligature || is_mathematical || is_circled || is_squared || is_full_width ||
         is_letter_like;
}

std::string WithoutStyle(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  RequireIcu(status, "NFKC");
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    icu::UnicodeString plain;
    if (c.value >= 0x2102 && IsStyled(c.value) &&
        nfkc->getDecomposition(static_cast<UChar32>(c.value), plain) != 0) {
      plain.toUTF8String(out);
    } else {
      out += text.substr(at, c.bytes);
    }
    at += c.bytes;
  }
  return out;
}

}  // namespace

std::string WithPlainCharacters(std::string_view text) {
  const bool is_ascii =
      std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii) return std::string(text);
  // Some text was misread twice.
  return WithoutStyle(WithoutMisreadBytes(WithoutMisreadBytes(text)));
}

}  // namespace kani::text
