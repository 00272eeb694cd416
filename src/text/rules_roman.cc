// Roman numerals: behind things and rulers, before nouns, as headings.
#include <algorithm>
#include <array>

#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

bool IsRomanLetter(char32_t c) {
  return c == 'I' || c == 'V' || c == 'X' || c == 'L' || c == 'C' || c == 'D' || c == 'M';
}

std::string UpperAscii(std::string_view word) {
  std::string out(word);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

/// Built of I, V and X, or a year: what is hardly ever another word ("CD", "MD", "DC").
bool IsSafeNumeral(std::string_view word, int value) {
  if (word.size() < 2) return false;
  if (word.find_first_of("LCDM") == std::string_view::npos) return true;
  return value >= 1000 ? word.size() >= 4
                       : word.size() >= 3 && word.find_first_of("DM") == std::string_view::npos;
}

/// "Charles I" and not "when Charles I met": the pronoun has its verb behind it.
bool IsNumeralOne(const Reader& reader, size_t end, const LanguageTables& tables) {
  if (tables.roman.before_noun) return true;  // a language whose pronoun is another word
  const size_t next_at = reader.SkipBlank(end);
  const std::string_view next = reader.WordAt(next_at);
  if (reader.StartsWith(end, "'") || reader.StartsWith(end, "’")) {
    return reader.StartsWith(end, "'s") || reader.StartsWith(end, "’s");
  }
  return next_at == end || next == tables.day_link || IsUpper(reader.At(next_at));
}

/// What stands before a numeral, also across the period of "Vol." or "s.".
struct Before {
  std::string_view word;
  std::string lower;
  size_t at = 0;
};

Before WordInFront(const Reader& reader, size_t at) {
  Before before;
  size_t end = reader.SkipBlankBack(at);
  if (end == at) return before;
  if (reader.Before(end) == '.') --end;
  before.word = reader.WordBefore(end);
  if (reader.SkipBlankBack(end) != end) before.word = {};
  before.at = before.word.empty() ? end : reader.BeginOf(before.word);
  const char32_t joint = reader.Before(before.at);
  if (joint == U'\'' || joint == U'’') before.word = {};  // "Ming's": the "s" of no century
  before.lower = LowerCase(before.word);
  return before;
}

/// "IV. The Return", "XII" alone on a line, "I.—Of Sleep".
bool IsHeading(const Reader& reader, size_t at, std::string_view word, size_t end) {
  if (!reader.StartsLine(at)) return false;
  const bool is_letter = word.size() == 1;
  const bool has_period = reader.StartsWith(end, ".");
  const size_t behind = has_period ? end + 1 : end;
  if (reader.EndsLine(behind)) return !is_letter || has_period;
  const size_t colon = reader.SkipBlank(end);
  if (reader.StartsWith(colon, ":") || reader.StartsWith(end, ")"))
    return !is_letter || colon == end;
  if (!has_period) {
    // "III THE RETURN", "II--OF SLEEP".
    const size_t dash = SkipDash(reader, reader.SkipBlank(end));
    if (dash > reader.SkipBlank(end)) return !is_letter;
    const std::string_view next = reader.WordAt(reader.SkipBlank(end));
    return !is_letter && word.size() > 2 && IsCapitalised(next);
  }
  if (SkipDash(reader, behind) > behind) return true;
  const std::string_view next = reader.WordAt(reader.SkipBlank(behind));
  if (next.empty() || reader.SkipBlank(behind) == behind) return false;
  // "V. Hugo" is a name, "V. The Storm" and "V. THE STORM" are headings.
  const bool is_capitals = next.size() > 3 && IsUpper(DecodeBefore(next, next.size()).value);
  return !is_letter || is_capitals || (IsCapitalised(next) && IsFunctionWord(LowerCase(next)));
}

std::optional<Expansion> NumeralBeforeNoun(const Reader& reader, size_t at, std::string_view word,
                                           int value, const Verbaliser& verbaliser) {
  const RomanCues& cues = verbaliser.tables().roman;
  const size_t end = at + word.size();
  size_t next_at = reader.SkipBlank(end);
  if (next_at == end) return {};
  std::string_view next = reader.WordAt(next_at);
  // "the XVII and XVIII centuries"
  if (Contains(cues.links, LowerCase(next))) {
    const size_t other_at = reader.SkipBlank(next_at + next.size());
    const std::string_view other = reader.WordAt(other_at);
    const size_t noun_at = reader.SkipBlank(other_at + other.size());
    if (RomanValue(other) == 0) return {};
    next = reader.WordAt(noun_at);
    next_at = noun_at;
  }
  if (next.empty()) return {};
  const std::string lower = LowerCase(next);
  const std::string before = LowerCase(reader.WordBefore(at));
  // One letter is the end of a word with an apostrophe, or has a period that is not seen here.
  const bool is_certain = before.size() > 1 && Contains(cues.certain, before);
  const bool is_listed = Contains(cues.ordinals_behind, lower);
  if (!is_listed) {
    const bool is_safe = word.size() > 1 ? IsSafeNumeral(word, value) : value <= 10;
    if (!cues.before_noun || !is_safe) return {};
    // "la II República", "la XX edición", and "III Congreso" where a name begins.
    const bool has_determiner = is_certain || before.empty();
    const bool is_small = has_determiner && !before.empty() && word.size() > 1 && next.size() > 3;
    const bool is_noun =
        (IsCapitalised(next) || is_small) && next.size() > 2 && !IsFunctionWord(lower);
    const bool follows_name = !reader.WordBefore(at).empty() &&
                              IsCapitalised(reader.WordBefore(at)) && !IsFunctionWord(before);
    if (!is_noun || follows_name) return {};
    // One letter alone is a numeral behind an article or before what is numbered: "I Guerra".
    if (word.size() == 1 && !is_certain && !Contains(cues.things, lower)) {
      return {};
    }
    if (!has_determiner && !IsFunctionWord(before)) return {};
  }
  return Expansion{end, verbaliser.RomanBeforeNoun(value, reader, next_at)};
}

/// @param number the numeral as a cardinal, with what it reaches to.
std::optional<Expansion> NumeralBehindName(const Reader& reader, const Before& before, size_t end,
                                           std::string_view word, int value,
                                           const Expansion& number, const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  const RomanCues& cues = tables.roman;
  const bool is_one = value == 1;
  const bool is_masculine = Contains(cues.masculine, before.lower);
  const bool is_feminine = Contains(cues.feminine, before.lower);
  const auto ruler = [&](Gender gender) {
    return Expansion{end, verbaliser.RulerNumber(value, gender)};
  };
  constexpr int kLargestRuler = 30;
  if (is_masculine || is_feminine) {
    if (is_one && !IsNumeralOne(reader, end, tables)) return {};
    if (word.size() == 1 && !is_one && IsLetter(reader.At(end))) return {};
    if (value > kLargestRuler) return {};
    return ruler(is_feminine ? Gender::kFeminine : Gender::kMasculine);
  }
  if (!IsCapitalised(before.word) || before.word.size() < 2 || IsFunctionWord(before.lower))
    return {};
  if (is_one) {  // "Sam I" may end in the pronoun; a dash behind it tells
    if (!reader.StartsWith(end, "--")) return {};
    return ruler(Gender::kMasculine);
  }
  if (!IsSafeNumeral(word, value)) return {};
  if (cues.names_take_ordinals && value <= kLargestRuler && value != 4 && before.word.size() > 2) {
    // All capitals before it ("SALT II") name a thing.
    const bool is_initialism =
        IsUpper(DecodeBefore(before.word, before.word.size()).value) && before.word.size() < 6;
    if (!is_initialism) return ruler(Gender::kMasculine);
  }
  return number;
}

/// "Wars I and II": another numeral behind a link.
bool IsLinked(const Reader& reader, size_t end, const RomanCues& cues) {
  const size_t link_at = reader.SkipBlank(end);
  const std::string_view link = reader.WordAt(link_at);
  if (link_at == end || !Contains(cues.links, link)) return false;
  const std::string_view other = reader.WordAt(reader.SkipBlank(link_at + link.size()));
  return RomanValue(other) > 1;
}

/// "siglo xix", "luis vii".
std::optional<Expansion> SmallNumeral(const Reader& reader, size_t at, std::string_view word,
                                      const Verbaliser& verbaliser) {
  const RomanCues& cues = verbaliser.tables().roman;
  if (cues.lower.empty() || IsCapitalised(word)) return {};
  const Before before = WordInFront(reader, at);
  const int value = RomanValue(UpperAscii(word));
  if (value == 0) return {};
  const size_t end = at + word.size();
  // "the part i like"
  const std::string_view next = reader.WordAt(reader.SkipBlank(end));
  const bool goes_on = !next.empty() && !IsCapitalised(next);
  if (word.size() == 1 && goes_on && !cues.before_noun) return {};
  if (Contains(cues.lower, before.lower)) {
    return Expansion{end, verbaliser.Cardinal(static_cast<uint64_t>(value), Gender::kNone)};
  }
  if (word.size() < 2 || !Contains(cues.masculine, before.lower)) return {};
  return Expansion{end, verbaliser.RulerNumber(value, Gender::kMasculine)};
}

}  // namespace

int RomanValue(std::string_view word) {
  constexpr std::array<std::array<std::string_view, 10>, 4> kPlaces = {
      {{"", "M", "MM", "MMM", "", "", "", "", "", ""},
       {"", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"},
       {"", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"},
       {"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"}}};
  constexpr size_t kLongest = 15;
  if (word.empty() || word.size() > kLongest) return 0;
  int value = 0;
  for (const auto& place : kPlaces) {
    size_t best = 0;
    for (size_t digit = 1; digit < place.size(); ++digit) {
      if (!place[digit].empty() && word.starts_with(place[digit]) &&
          place[digit].size() > place[best].size()) {
        best = digit;
      }
    }
    word.remove_prefix(place[best].size());
    value = value * 10 + static_cast<int>(best);
  }
  return word.empty() ? value : 0;
}

std::optional<Expansion> RomanNumeral(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  const std::string_view word = reader.WordAt(at);
  if (word.empty() || !IsRomanLetter(reader.At(at))) {
    const char32_t c = reader.At(at);
    const bool may_be_small = c == 'i' || c == 'v' || c == 'x' || c == 'l' || c == 'm' || c == 'c';
    return may_be_small && reader.WordBorder(at) ? SmallNumeral(reader, at, word, verbaliser)
                                                 : std::nullopt;
  }
  const size_t end = at + word.size();
  // "the XIVth century"
  for (const std::string_view suffix : {"th", "st", "nd", "rd"}) {
    if (!word.ends_with(suffix) || !verbaliser.tables().names_months_first) continue;
    const int ordinal = RomanValue(word.substr(0, word.size() - suffix.size()));
    if (ordinal < 2 || !reader.WordBorder(end) || !reader.WordBorder(at)) return {};
    return Expansion{end,
                     verbaliser.Ordinal(static_cast<uint64_t>(ordinal), OrdinalForm::kMasculine)};
  }
  const int value = RomanValue(word);
  if (value == 0 || !reader.WordBorder(end) || !reader.WordBorder(at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const RomanCues& cues = tables.roman;
  Expansion number{end, verbaliser.Cardinal(static_cast<uint64_t>(value), Gender::kNone)};
  // "Chapters IV-VI"
  const size_t dash_end = SkipDash(reader, end);
  const std::string_view last = dash_end > end ? reader.WordAt(dash_end) : std::string_view();
  if (const int last_value = RomanValue(last);
      last_value > value && reader.WordBorder(dash_end + last.size())) {
    number.end = dash_end + last.size();
    number.words =
        JoinWords({number.words, tables.range,
                   verbaliser.Cardinal(static_cast<uint64_t>(last_value), Gender::kNone)});
  }
  if (auto before_noun = NumeralBeforeNoun(reader, at, word, value, verbaliser)) {
    return before_noun;
  }
  if (IsHeading(reader, at, word, end) &&
      (word.size() > 1 ? IsSafeNumeral(word, value) : value <= 10)) {
    return number;
  }
  const Before before = WordInFront(reader, at);
  if (before.word.empty()) return {};
  const std::string_view single =
      std::string_view(before.lower).substr(0, before.lower.size() - before.lower.ends_with('s'));
  const bool reaches = number.end > end || IsLinked(reader, end, cues);
  if (reaches && value == 1 && Contains(cues.things, single)) return number;
  if (Contains(cues.things, before.lower) || (reaches && Contains(cues.things, single))) {
    if (word.size() == 1 && value != 1) {
      // "Appendix C", "model X": letters.
      const bool is_long = Contains(cues.long_books, before.lower);
      const bool is_letter = value > 10 ? !is_long : Contains(cues.lettered, before.lower);
      return is_letter ? std::nullopt : std::optional(number);
    }
    // "PART XL": of two letters those that are no initials.
    const bool is_safe =
        IsSafeNumeral(word, value) || ((word[0] == 'X' || word[0] == 'L') && value < 100 &&
                                       !Contains(cues.lettered, before.lower));
    if (value != 1 && !is_safe && !Contains(cues.long_books, before.lower)) return {};
    if (value != 1) return number;
    const std::string_view next = reader.WordAt(reader.SkipBlank(end));
    const bool goes_on = !next.empty() && !IsCapitalised(next);
    const bool is_certain =
        Contains(cues.certain, before.lower) || Contains(cues.nouns_behind, LowerCase(next));
    if (Contains(cues.lettered, before.lower) && !is_certain) return {};
    const bool is_heading = IsCapitalised(before.word) && !goes_on;
    if (is_certain || is_heading) return number;
    return {};
  }
  if (Contains(cues.links, before.lower) && word.size() > 1 &&
      RomanValue(reader.WordBefore(before.at)) > 0) {
    return number;
  }
  return NumeralBehindName(reader, before, end, word, value, number, verbaliser);
}

std::optional<Expansion> RomanSign(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  size_t end = at;
  int value = 0;
  const CodePoint c = DecodeAt(reader.text(), at);
  if ((c.value >= U'Ⅰ' && c.value <= U'Ⅻ') || (c.value >= U'ⅰ' && c.value <= U'ⅻ')) {
    value = static_cast<int>((c.value - U'Ⅰ') % 16) + 1;
    end = at + c.bytes;
  }
  if (value == 0) return {};
  return Expansion{end, verbaliser.Cardinal(static_cast<uint64_t>(value), Gender::kNone)};
}

}  // namespace kani::text
