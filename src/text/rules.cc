#include "text/rules.h"

#include <algorithm>
#include <array>

#include "text/language_profile.h"

namespace kani::text {

std::span<const Rule> RulesFor(char32_t first) {
  // Specific before general: an address may hold dates, a date looks like a fraction, a fraction
  // like a number.
  static constexpr auto kLetterRules = std::to_array<Rule>(
      {WebAddress, FilePath, AbbreviatedWord, StreetWord, StateCode, RomanNumeral, MonthRange,
       MonthThenDay, WeekdayName, Money, UnitWithoutNumber, GreekLetter, SpokenSymbol});
  static constexpr auto kDigitRules = std::to_array<Rule>(
      {WebAddress,    AbbreviatedWord, Verse,       Duration,     ClockTime,    CodeNumber,
       DigitsInWord,  PhoneNumber,     NumericDate, DayThenMonth, DottedNumber, Money,
       FeetAndInches, Dimensions,      DecadeName,  PluralNumber, PowerNumber,  OrdinalNumber,
       HouseNumber,   Measure,         PlainNumber});
  static constexpr auto kSignRules = std::to_array<Rule>(
      {FilePath, AbbreviatedWord, PhoneNumber, Money, DecadeName, MinusSign, Exponent, RomanSign,
       PowerNumber, Measure, UnitWithoutNumber, PlainNumber, MarkBetweenNumbers, SpokenSymbol});
  if (IsDigit(first)) return kDigitRules;
  if (IsLetter(first)) return kLetterRules;
  return kSignRules;
}

bool IsNumberStart(const Reader& reader, size_t at) { return !IsWordCharacter(reader.Before(at)); }

bool EndsSentence(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  while (at < reader.size() && (reader.text()[at] == '"' || reader.text()[at] == ')')) ++at;
  const char32_t next = reader.At(at);
  if (next == 0 || next == '\n' || next == '\r') return true;
  const size_t word_at = reader.SkipBlank(at);
  if (word_at == at) return false;
  const std::string_view word = reader.WordAt(word_at);
  const CodePoint first = DecodeAt(word, 0);
  if (!IsUpper(first.value)) return false;
  const std::string lower = LowerCase(word);
  bool is_short = false;
  const auto& streets = verbaliser.tables().streets;
  const bool is_street = std::any_of(streets.begin(), streets.end(), [&](const Street& street) {
    return street.written == lower && street.written.size() > 2;
  });
  const bool goes_on = is_street || Contains(verbaliser.tables().titles, lower) ||
                       verbaliser.lexicon().Month(lower) > 0 ||
                       verbaliser.lexicon().FindWeekday(lower, is_short) != nullptr;
  if (goes_on) return false;
  // All capitals are initialisms: "7 p.m. EST".
  return first.bytes == word.size() || !IsUpper(DecodeAt(word, first.bytes).value);
}

bool Contains(Words words, std::string_view word) {
  return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view SpokenFor(std::span<const Naming> namings, std::string_view written) {
  for (const Naming& naming : namings) {
    if (naming.written == written) return naming.spoken;
  }
  return {};
}

bool IsCapitalised(std::string_view word) { return IsUpper(DecodeAt(word, 0).value); }

std::string SayGluedDigits(const Verbaliser& verbaliser, std::string_view digits) {
  constexpr size_t kMaxValueDigits = 3;
  if (digits.size() <= kMaxValueDigits) return verbaliser.DigitsOrValue(digits);
  const bool is_year = digits.size() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
  return is_year ? verbaliser.Year(static_cast<int>(*DigitsValue(digits)))
                 : verbaliser.Digits(digits);
}

const UnitForm* UnitAt(const Reader& reader, size_t at, const Lexicon& lexicon, size_t& end) {
  const size_t begin = reader.SkipBlank(at);
  const auto* entry =
      lexicon.units().Find(reader.text(), begin, [&](const PrefixIndex<UnitForm>::Entry& unit) {
        const Spacing spacing = unit.value.spacing;
        if (spacing == Spacing::kGlued && begin > at) return false;
        if (spacing == Spacing::kSpaced && begin == at) return false;
        return reader.WordBorder(begin + unit.written.size());
      });
  if (entry == nullptr) return nullptr;
  end = begin + entry->written.size();
  return &entry->value;
}

void ReadPer(const Reader& reader, const Verbaliser& verbaliser, Expansion& expansion) {
  if (!reader.StartsWith(expansion.end, "/")) return;
  const size_t at = expansion.end + 1;
  const LanguageTables& tables = verbaliser.tables();
  size_t end = at;
  if (reader.DigitAt(at)) {  // "5 l/100 km"
    expansion.end = at;
    expansion.words = JoinWords({expansion.words, tables.per});
    return;
  }
  const UnitForm* unit = UnitAt(reader, at, verbaliser.lexicon(), end);
  const std::string_view noun = unit != nullptr ? unit->noun.one : reader.WordAt(at);
  if (IsSpace(reader.At(at)) || noun.empty()) return;
  if (unit == nullptr && (noun.size() < 3 || IsCapitalised(noun))) return;
  expansion.end = unit != nullptr ? end : at + noun.size();
  expansion.words = JoinWords({expansion.words, tables.per, noun});
  for (const std::string_view mark : {"²", "^2"}) {
    if (unit == nullptr || !reader.StartsWith(expansion.end, mark)) continue;
    expansion.end += mark.size();
    expansion.words = JoinWords({expansion.words, tables.squared});
  }
  // "mg/kg/day": once more.
  if (!reader.StartsWith(expansion.end, "/") || reader.DigitAt(expansion.end + 1)) return;
  const std::string_view last = reader.WordAt(expansion.end + 1);
  if (!Contains(tables.per_words, last)) return;
  expansion.end += 1 + last.size();
  expansion.words = JoinWords({expansion.words, tables.per, last});
}

bool IsYearNumber(const Number& number) {
  const auto value = number.Value();
  return number.IsPlain() && value && *value >= 1100 && *value < 2100;
}

bool IsAttribute(const Reader& reader, size_t begin, size_t end, const Verbaliser& verbaliser) {
  const std::string before = LowerCase(reader.WordBefore(begin));
  // "the 5 km left": nothing says that the next word is a noun.
  if (before == "the" || !Contains(verbaliser.tables().cues.determiners, before)) return false;
  size_t word_at = reader.SkipBlank(end);
  if (reader.StartsWith(end, "-")) word_at = end + 1;
  const std::string_view next = reader.WordAt(word_at);
  return word_at > end && next.size() > 2 && !IsCapitalised(next) &&
         !Contains(verbaliser.tables().cues.no_nouns, next);
}

std::string CueBefore(const Reader& reader, size_t at) {
  size_t end = reader.SkipBlankBack(at);
  const char32_t before = reader.Before(end);
  if (before == ',' || before == ':' || before == '.') end = reader.SkipBlankBack(end - 1);
  const std::string_view word = reader.WordBefore(end);
  return LowerCase(word);
}

}  // namespace kani::text
