// Characters that no voice can say.
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "text/normalizer.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// Symbols (category So) that normalisation has words for.
constexpr auto kSpokenSymbols = std::to_array<char32_t>({U'°', U'©', U'№', U'℃', U'℉'});

constexpr char32_t kZeroWidthNonJoiner = U'\u200C';
constexpr char32_t kZeroWidthJoiner = U'\u200D';

/// Variation selectors and enclosing marks change the look only.
bool IsLookOnly(char32_t c) {
  return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF) ||
         u_charType(static_cast<UChar32>(c)) == U_ENCLOSING_MARK;
}

/// @param before the last character kept, 0 at the start.
bool IsSpeakable(char32_t c, char32_t before) {
  if (c < 0x80) return c >= 0x20 ? c != 0x7F : IsSpace(c);
  if (IsSpace(c)) return true;
  if (IsLookOnly(c)) return false;
  // Joiners shape letters in Indic and Persian writing; between emoji they are waste.
  if (c == kZeroWidthJoiner || c == kZeroWidthNonJoiner) return IsLetter(before);
  if (IsMark(c)) {
    return IsWordCharacter(before) || before == kZeroWidthJoiner || before == kZeroWidthNonJoiner;
  }
  const uint32_t category = U_GET_GC_MASK(static_cast<UChar32>(c));
  constexpr uint32_t kSpoken = U_GC_L_MASK | U_GC_N_MASK | U_GC_P_MASK | U_GC_SC_MASK;
  if ((category & kSpoken) != 0) return true;
  if ((category & U_GC_SM_MASK) != 0) {
    const bool is_arrow = c >= 0x2190 && c <= 0x21FF;
    const bool is_drawing = c >= 0x2300 && c <= 0x2BFF;
    return !is_arrow && !is_drawing;
  }
  return std::find(kSpokenSymbols.begin(), kSpokenSymbols.end(), c) != kSpokenSymbols.end();
}

std::string ListOf(const std::vector<char32_t>& dropped, size_t total) {
  std::string list;
  for (const char32_t c : dropped) {
    char name[16];
    std::snprintf(name, sizeof(name), "U+%04X", static_cast<unsigned>(c));
    list += list.empty() ? "" : ", ";
    list += name;
  }
  return StrCat("text: dropped ", total, total == 1 ? " character" : " characters",
                " that cannot be spoken (", list, ")");
}

}  // namespace

std::string DropUnspeakable(std::string_view text, const WarningSink& warn) {
  constexpr size_t kMaxNamed = 8;
  RequireUtf8(text);
  std::string out;
  out.reserve(text.size());
  std::vector<char32_t> named;
  size_t total = 0;
  bool splits_word = false;  // something with a width of its own was dropped just before
  char32_t before = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    if (IsSpeakable(c.value, before)) {
      if (splits_word && IsWordCharacter(before) && IsWordCharacter(c.value)) out += ' ';
      out += text.substr(at, c.bytes);
      before = c.value;
      splits_word = false;
    } else {
      ++total;
      const bool is_new = std::find(named.begin(), named.end(), c.value) == named.end();
      if (is_new && named.size() < kMaxNamed) named.push_back(c.value);
      splits_word |= u_charType(static_cast<UChar32>(c.value)) == U_OTHER_SYMBOL;
    }
    at += c.bytes;
  }
  if (total > 0) Warn(warn, ListOf(named, total));
  return out;
}

}  // namespace kani::text
