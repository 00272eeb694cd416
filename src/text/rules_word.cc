// Abbreviations, Roman numerals and symbols.
#include <algorithm>

#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

bool IsCapitalised(std::string_view word) { return IsUpper(DecodeAt(word, 0).value); }

/// "Main St.": the word before is a name and the next one belongs to something else.
bool EndsName(const Reader& reader, size_t at, size_t end) {
  const std::string_view before = reader.WordBefore(at);
  if (before.empty() || !IsCapitalised(before)) return false;
  const std::string_view next = reader.WordAt(reader.SkipBlank(end));
  return next.empty() || !IsCapitalised(next) || IsFunctionWord(LowerCase(next));
}

/// What `abbreviation` means at [at, end); "" where its condition does not hold.
std::string_view Meaning(const Reader& reader, size_t at, size_t end,
                         const Abbreviation& abbreviation) {
  const size_t next_at = reader.SkipBlank(end);
  switch (abbreviation.follows) {
    case Follows::kAnything:
      return abbreviation.spoken;
    case Follows::kNoLetter:
      return IsWordCharacter(reader.At(end)) ? std::string_view() : abbreviation.spoken;
    case Follows::kNumber:
      return reader.DigitAt(next_at) ? abbreviation.spoken : std::string_view();
    case Follows::kCapital:
      if (!abbreviation.otherwise.empty() && EndsName(reader, at, end)) {
        return abbreviation.otherwise;
      }
      return IsUpper(reader.At(next_at)) ? abbreviation.spoken : std::string_view();
  }
  return {};
}

/// Value of a Roman numeral up to 99 in its one right form, else 0.
int RomanValue(std::string_view word) {
  constexpr std::string_view kTens[] = {"", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"};
  constexpr std::string_view kOnes[] = {"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"};
  constexpr size_t kLongest = 8;
  if (word.empty() || word.size() > kLongest) return 0;
  for (int tens = 0; tens < 10; ++tens) {
    if (!word.starts_with(kTens[tens])) continue;
    const std::string_view rest = word.substr(kTens[tens].size());
    for (int ones = 0; ones < 10; ++ones) {
      if (rest == kOnes[ones]) return tens * 10 + ones;
    }
  }
  return 0;
}

/// "Charles I" and not "when Charles I met": the pronoun has its verb behind it.
bool IsNumeralOne(const Reader& reader, size_t end, const LanguageTables& tables) {
  const size_t next_at = reader.SkipBlank(end);
  const std::string_view next = reader.WordAt(next_at);
  return next_at == end || next == tables.day_link || IsUpper(reader.At(next_at));
}

bool IsPlace(const Reader& reader, size_t at, size_t end, Place place) {
  const size_t next_at = reader.SkipBlank(end);
  switch (place) {
    case Place::kAnywhere:
      return true;
    case Place::kBeforeNumber:
      return reader.DigitAt(end) && !IsWordCharacter(reader.Before(at));
    case Place::kBeforeLetter:
      return IsLetter(reader.At(end)) && !IsWordCharacter(reader.Before(at));
    case Place::kBetweenNumbers: {
      size_t before_end = at;
      if (reader.Before(at) == ' ') --before_end;
      return IsDigit(reader.Before(before_end)) && reader.DigitAt(next_at);
    }
  }
  return false;
}

}  // namespace

std::optional<Expansion> AbbreviatedWord(const Reader& reader, size_t at,
                                         const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  if (IsWordCharacter(before) || before == '.' || before == '/') return {};
  for (const Abbreviation& abbreviation : verbaliser.tables().abbreviations) {
    if (!reader.StartsWith(at, abbreviation.written)) continue;
    const size_t end = at + abbreviation.written.size();
    const bool has_period = abbreviation.written.ends_with('.');
    if (!has_period && (!reader.WordBorder(end) || reader.StartsWith(end, "/"))) continue;
    const std::string_view meaning = Meaning(reader, at, end, abbreviation);
    if (meaning.empty()) continue;
    std::string words(meaning);
    const bool may_end =
        abbreviation.follows == Follows::kNoLetter ||
        (abbreviation.follows == Follows::kCapital && meaning == abbreviation.otherwise);
    if (has_period && may_end && EndsSentence(reader, end)) words += '.';
    return Expansion{end, words};
  }
  return {};
}

std::optional<Expansion> RomanNumeral(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  const char32_t first = reader.At(at);
  if (!(first == 'I' || first == 'V' || first == 'X' || first == 'L') || reader.Before(at) != ' ') {
    return {};
  }
  const std::string_view word = reader.WordAt(at);
  const size_t end = at + word.size();
  const int value = RomanValue(word);
  if (value == 0 || word == "L" || !reader.WordBorder(end)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const std::string_view previous = reader.WordBefore(at);
  const std::string cue = LowerCase(previous);
  const std::string number = verbaliser.Cardinal(static_cast<uint64_t>(value), Gender::kNone);
  const bool is_one = word == "I";
  if (Contains(is_one ? tables.roman_one_cues : tables.roman_cues, cue)) {
    return Expansion{end, number};
  }
  const size_t previous_at = at - 1 - previous.size();
  if (Contains(tables.roman_links, cue) && !is_one && reader.Before(previous_at) == ' ' &&
      RomanValue(reader.WordBefore(previous_at)) > 0) {
    return Expansion{end, number};
  }
  if (!IsCapitalised(previous) || (is_one && !IsNumeralOne(reader, end, tables))) return {};
  if (Contains(tables.masculine_rulers, cue)) {
    return Expansion{end, verbaliser.RulerNumber(value, Gender::kMasculine)};
  }
  if (Contains(tables.feminine_rulers, cue)) {
    return Expansion{end, verbaliser.RulerNumber(value, Gender::kFeminine)};
  }
  return {};
}

std::optional<Expansion> SpokenSymbol(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  for (const Symbol& symbol : verbaliser.tables().symbols) {
    if (!reader.StartsWith(at, symbol.written)) continue;
    const size_t end = at + symbol.written.size();
    const bool is_word = IsLetter(DecodeAt(symbol.written, 0).value);
    if (is_word && (!reader.WordBorder(at) || !reader.WordBorder(end))) continue;
    if (IsPlace(reader, at, end, symbol.place)) return Expansion{end, std::string(symbol.spoken)};
  }
  return {};
}

}  // namespace kani::text
