// Numbers that are dialled or written down, not counted: telephones, cards, codes, ISBN.
#include <algorithm>
#include <vector>

#include "text/rules.h"

namespace kani::text {
namespace {

constexpr size_t kMaxPhoneDigits = 15;
constexpr size_t kMaxCodeDigits = 34;
constexpr size_t kMinInternationalDigits = 7;
constexpr size_t kMaxGroups = 8;

struct Groups {
  std::vector<std::string_view> digits;
  size_t total = 0;
  size_t end = 0;
  bool has_dots = false;
  bool has_blanks = false;
  bool has_hyphens = false;
  bool has_parentheses = false;
};

bool IsSeparator(const Reader& reader, size_t at) {
  return SkipDash(reader, at) > at || reader.StartsWith(at, ".") || reader.SkipBlank(at) > at;
}

/// Groups of digits with single separators, all alike unless `mixed`; an area code may stand in
/// parentheses, with or without a separator before and behind it.
Groups ReadGroups(const Reader& reader, size_t at, bool mixed) {
  Groups groups;
  groups.end = at;
  char32_t separator = 0;
  bool in_parentheses = false;
  while (groups.digits.size() < kMaxGroups && groups.total <= kMaxPhoneDigits) {
    size_t begin = groups.end;
    if (!groups.digits.empty() && IsSeparator(reader, begin)) {
      const CodePoint c = DecodeAt(reader.text(), begin);
      const bool is_other = separator != 0 && separator != c.value;
      if (is_other && !mixed) break;
      begin += c.bytes;
      // The blank beside a parenthesis is not yet the separator of the rest.
      if (!in_parentheses && !reader.StartsWith(begin, "(")) separator = c.value;
    } else if (!groups.digits.empty() && !in_parentheses &&
               !(mixed && reader.StartsWith(begin, "("))) {
      break;
    }
    in_parentheses = reader.StartsWith(begin, "(");
    if (in_parentheses) ++begin;
    const size_t end = reader.DigitsEnd(begin);
    if (end == begin || (in_parentheses && !reader.StartsWith(end, ")"))) break;
    groups.digits.push_back(reader.Slice(begin, end));
    groups.total += end - begin;
    groups.end = in_parentheses ? end + 1 : end;
    groups.has_parentheses |= in_parentheses;
    groups.has_dots = separator == '.';
    groups.has_hyphens = separator == '-' || (separator >= U'\u2010' && separator <= U'\u2014');
    groups.has_blanks = separator != 0 && !groups.has_dots && !groups.has_hyphens;
  }
  return groups;
}

bool HasPhoneShape(const Groups& groups, const LanguageTables& tables) {
  std::string shape;
  for (const std::string_view digits : groups.digits) {
    if (digits.size() > 9) return false;
    shape += static_cast<char>('0' + digits.size());
  }
  // Sixteen digits in fours are a card.
  if (shape == "4444" && !groups.has_dots) return true;
  // A trunk zero begins a national number: "0161 496 0712".
  const bool has_trunk = groups.digits[0].size() > 2 && groups.digits[0][0] == '0' &&
                         groups.total >= 9 && groups.total <= 11 && groups.digits.size() >= 2 &&
                         groups.digits.size() <= 4 && !groups.has_dots;
  if (has_trunk) return true;
  if (!Contains(tables.phone_shapes, shape)) return false;
  // "122.4194" is a decimal.
  if (groups.has_dots && (tables.numbers.group_mark == '.' || shape == "34")) return false;
  // "555 1234" and "12 500 300" are more often counts than telephones.
  if (groups.has_blanks && (shape == "34" || shape == "44")) return false;
  // "1914-1918"
  const auto is_year = [](std::string_view digits) {
    return digits.starts_with("1") || digits.starts_with("20");
  };
  if (shape == "44" && is_year(groups.digits[0]) && is_year(groups.digits[1])) return false;
  return !(shape == "333" && groups.digits[0][0] < '6' && !groups.has_hyphens);
}

std::string SayGroups(const Verbaliser& verbaliser, const Groups& groups) {
  std::string out;
  for (const std::string_view digits : groups.digits) {
    if (!out.empty()) out += ", ";
    out += verbaliser.Digits(digits);
  }
  return out;
}

/// How near before `at` a word of `cues` stands: behind at most `kReach` others, which are links
/// ("code is", "number:"), or `free` where any word may stand between.
bool HasCue(const Reader& reader, size_t at, const LanguageTables& tables, Words cues) {
  constexpr int kReach = 3;
  const NumberCues& lists = tables.cues;
  for (int i = 0; i <= kReach; ++i) {
    size_t end = reader.SkipBlankBack(at);
    if (reader.Before(end) == U'º') end -= std::string_view("º").size();  // "n.º"
    const char32_t mark = reader.Before(end);
    if (mark == '.' || mark == ':' || mark == '#' || mark == ',') {
      if (mark == ',' && i > 0) return false;
      end = reader.SkipBlankBack(end - 1);
    }
    const std::string_view word = reader.WordBefore(end);
    if (word.empty()) return false;
    const std::string lower = LowerCase(word);
    if (Contains(cues, lower)) return true;
    at = reader.BeginOf(word);
    // "account number": the kind stands before the word "number".
    if (Contains(lists.numbers, lower)) {
      const std::string kind = LowerCase(reader.WordBefore(at));
      const std::string far = LowerCase(reader.WordBefore(
          reader.WordBefore(at).empty() ? at : reader.BeginOf(reader.WordBefore(at))));
      if (Contains(lists.code_kinds, kind) || Contains(lists.code_kinds, far)) return true;
      continue;
    }
    if (!Contains(lists.code_links, lower)) return false;
  }
  return false;
}

bool GoesOn(const Reader& reader, size_t at) {
  const char32_t c = reader.At(at);
  if (IsWordCharacter(c) || c == '%' || c == '/' || c == ':') return true;
  return (c == '-' || c == '.' || c == ',') && reader.DigitAt(at + 1);
}

/// Appends "extension one two three" of "x123", "ext. 12"; moves `end` behind it.
void ReadExtension(const Reader& reader, const Verbaliser& verbaliser, Expansion& expansion) {
  const size_t at = reader.SkipBlank(expansion.end);
  for (const std::string_view mark : {"extension ", "ext. ", "ext.", "ext ", "x"}) {
    if (!reader.StartsWith(at, mark)) continue;
    const size_t begin = at + mark.size();
    const size_t end = reader.DigitsEnd(begin);
    if (end == begin || end - begin > 6 || IsWordCharacter(reader.At(end))) return;
    expansion.words += ", ";
    expansion.words +=
        JoinWords({verbaliser.tables().extension, verbaliser.Digits(reader.Slice(begin, end))});
    expansion.end = end;
    return;
  }
}

/// Nine digits in one, with "0034" before them, or "00 34": national numbers without marks.
std::optional<Expansion> UnmarkedPhone(const Reader& reader, size_t at,
                                       const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (tables.phone_starts.empty()) return {};
  const size_t end = reader.DigitsEnd(at);
  const std::string_view digits = reader.Slice(at, end);
  if (GoesOn(reader, end)) return {};
  const auto is_national = [&](std::string_view number) {
    return number.size() == 9 && tables.phone_starts.find(number[0]) != std::string_view::npos;
  };
  if (digits.size() == 13 && digits.starts_with("00") && is_national(digits.substr(4))) {
    return Expansion{
        end, verbaliser.Digits(digits.substr(0, 4)) + ", " + verbaliser.Digits(digits.substr(4))};
  }
  if (!is_national(digits)) return {};
  // "600000000 euros": what is counted is no telephone.
  const size_t next_at = reader.SkipBlank(end);
  const char32_t next = reader.At(next_at);
  size_t unit_end = end;
  const bool is_counted = next == U'€' || next == '$' || next == U'£' ||
                          UnitAt(reader, end, verbaliser.lexicon(), unit_end) != nullptr ||
                          verbaliser.GenderOfCounted(reader, at, end, 2) != Gender::kNone;
  if (is_counted || digits.ends_with("000000")) return {};
  return Expansion{end, verbaliser.Digits(digits)};
}

/// Letters and digits of a code behind its cue: "ES91 2100", "0-306-40615-X".
std::optional<Expansion> ReadCode(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  std::string words;
  size_t total = 0;
  size_t end = at;
  bool is_first = true;
  int groups = 0;
  while (total <= kMaxCodeDigits) {
    size_t begin = end;
    if (!is_first) {
      const bool is_dash = SkipDash(reader, begin) > begin;
      const size_t behind = is_dash ? SkipDash(reader, begin) : reader.SkipBlank(begin);
      const bool has_check_sign =
          is_dash && (reader.StartsWithWord(behind, "X") || reader.StartsWithWord(behind, "K"));
      if (has_check_sign) {
        const std::string_view letter = reader.Slice(behind, behind + 1);
        const std::string_view name = SpokenFor(verbaliser.tables().letters, letter);
        words += ", ";
        words += name.empty() ? letter : name;
        end = behind + 1;
        break;
      }
      if (behind == begin || !reader.DigitAt(behind)) break;
      // Behind a blank only groups of three and more go on, and only as many digits.
      const size_t group_end = reader.DigitsEnd(behind);
      const size_t shortest = groups > 1 ? 2 : 3;
      if (!is_dash && (group_end - behind < shortest || IsLetter(reader.At(group_end)))) break;
      begin = behind;
    }
    const size_t group_end = reader.DigitsEnd(begin);
    if (!is_first) words += ", ";
    words += verbaliser.Digits(reader.Slice(begin, group_end));
    total += group_end - begin;
    end = group_end;
    is_first = false;
    ++groups;
  }
  if (total == 0 || total > kMaxCodeDigits) return {};
  return Expansion{end, words};
}

}  // namespace

std::optional<Expansion> CodeNumber(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || IsDigit(reader.Before(at))) return {};
  const LanguageTables& tables = verbaliser.tables();
  const size_t first_end = reader.DigitsEnd(at);
  // "IBAN ES91": the cue stands before the letters.
  size_t begin = at;
  if (IsLetter(reader.Before(at))) {
    const std::string_view letters = reader.WordBefore(at);
    if (letters.empty() || letters.size() > 4 || !IsUpper(reader.Before(at))) return {};
    begin = reader.BeginOf(letters);
    if (IsDigit(reader.Before(begin))) return {};
  }
  const size_t digits = first_end - at;
  if (digits > kMaxCodeDigits) return {};
  const char32_t next = reader.At(first_end);
  // What says by itself what it is: amounts, dates, times, decimals.
  if (next == '%' || next == '/' || next == ':' || next == U'€' || next == '$' || next == U'£' ||
      next == U'°') {
    return {};
  }
  // "12345678Z" ends in a letter, "500kg" is no code.
  if (IsLetter(next) && (!IsUpper(next) || !reader.WordBorder(first_end + 1) || digits < 6)) {
    return {};
  }
  if ((next == '.' || next == ',') && reader.DigitAt(first_end + 1)) return {};
  const bool is_joined =
      SkipDash(reader, first_end) > first_end && reader.DigitAt(SkipDash(reader, first_end));
  if (digits < 3 && !is_joined && begin == at) return {};
  // "in order 300 men came": few digits need a word that is said of codes only.
  constexpr size_t kShort = 4;
  const bool is_short = digits < kShort && !is_joined && begin == at;
  if (!HasCue(reader, begin, tables, is_short ? tables.cues.short_codes : tables.cues.codes)) {
    return {};
  }
  auto code = ReadCode(reader, at, verbaliser);
  if (!code || (GoesOn(reader, code->end) && !IsUpper(reader.At(code->end)))) return {};
  return code;
}

std::optional<Expansion> PhoneNumber(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  const bool is_international = reader.StartsWith(at, "+");
  const size_t begin = is_international ? at + 1 : at;
  const bool opens = reader.StartsWith(begin, "(") && reader.DigitAt(begin + 1);
  if (!(opens || reader.DigitAt(begin)) || !IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  if (reader.DigitAt(at)) {
    if (auto phone = UnmarkedPhone(reader, at, verbaliser)) return phone;
  }
  const bool is_prefixed = reader.StartsWith(at, "00") && tables.phone_starts.size() > 0;
  // "1 (212) 555-0123": separators may differ where an area code stands in parentheses.
  const bool has_country = reader.StartsWith(at, "1 (") || reader.StartsWith(at, "1(");
  const Groups groups =
      ReadGroups(reader, begin, is_international || opens || is_prefixed || has_country);
  if (groups.digits.empty() || groups.total > kMaxPhoneDigits + 1 || GoesOn(reader, groups.end)) {
    // An extension may be glued: "555-0123x4".
    const bool has_extension = reader.StartsWith(groups.end, "x");
    if (groups.digits.size() < 2 || !has_extension) return {};
  }
  if (is_international) {
    if (groups.total < kMinInternationalDigits) return {};
    Expansion expansion{groups.end, JoinWords({tables.plus, SayGroups(verbaliser, groups)})};
    ReadExtension(reader, verbaliser, expansion);
    return expansion;
  }
  const bool is_old_style = is_prefixed && groups.digits.size() > 2 && groups.total >= 11;
  const bool has_area = groups.has_parentheses && groups.total >= 9;
  const bool has_cue = groups.digits.size() == 1
                           ? groups.total >= 3 && HasCue(reader, at, tables, tables.cues.phones)
                           : groups.total >= 7 && !groups.has_blanks &&
                                 HasCue(reader, at, tables, tables.cues.phones);
  // "1-413-555-1-5" and the like: no amount has that many parts.
  const bool is_chain = groups.has_hyphens && groups.digits.size() >= 4 && groups.total >= 7;
  if (!has_cue && !is_old_style && !has_area && !is_chain && !HasPhoneShape(groups, tables)) {
    return {};
  }
  Expansion expansion{groups.end, SayGroups(verbaliser, groups)};
  ReadExtension(reader, verbaliser, expansion);
  return expansion;
}

}  // namespace kani::text
