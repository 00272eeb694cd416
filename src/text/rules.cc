#include "text/rules.h"

#include <algorithm>
#include <array>

namespace kani::text {

std::span<const Rule> Rules() {
  // Specific before general: an address may hold dates, a date looks like a fraction, a fraction
  // like a number.
  static constexpr auto kRules = std::to_array<Rule>(
      {WebAddress, AbbreviatedWord, RomanNumeral, MonthThenDay, ClockTime, DigitsInWord,
       PhoneNumber, NumericDate, DayThenMonth, DottedNumber, Money, Dimensions, DecadeName, Measure,
       OrdinalNumber, PlainNumber, MarkBetweenNumbers, SpokenSymbol});
  return kRules;
}

bool IsNumberStart(const Reader& reader, size_t at) { return !IsWordCharacter(reader.Before(at)); }

bool EndsSentence(const Reader& reader, size_t at) {
  while (at < reader.size() && (reader.text()[at] == '"' || reader.text()[at] == ')')) ++at;
  const char32_t next = reader.At(at);
  if (next == 0 || next == '\n' || next == '\r') return true;
  const size_t word_at = reader.SkipBlank(at);
  if (word_at == at) return false;
  const std::string_view word = reader.WordAt(word_at);
  const CodePoint first = DecodeAt(word, 0);
  if (!IsUpper(first.value)) return false;
  // All capitals are initialisms: "7 p.m. EST".
  return first.bytes == word.size() || !IsUpper(DecodeAt(word, first.bytes).value);
}

bool Contains(std::span<const std::string_view> words, std::string_view word) {
  return !word.empty() && std::find(words.begin(), words.end(), word) != words.end();
}

std::string SayGluedDigits(const Verbaliser& verbaliser, std::string_view digits) {
  constexpr size_t kMaxValueDigits = 3;
  if (digits.size() <= kMaxValueDigits) return verbaliser.DigitsOrValue(digits);
  const bool is_year = digits.size() == 4 && (digits.starts_with("19") || digits.starts_with("20"));
  return is_year ? verbaliser.Year(static_cast<int>(*DigitsValue(digits)))
                 : verbaliser.Digits(digits);
}

const Unit* UnitAt(const Reader& reader, size_t at, const LanguageTables& tables, size_t& end) {
  const size_t begin = reader.SkipBlank(at);
  for (const Unit& unit : tables.units) {
    if (!reader.StartsWith(begin, unit.written)) continue;
    if (!reader.WordBorder(begin + unit.written.size())) continue;
    end = begin + unit.written.size();
    return &unit;
  }
  return nullptr;
}

bool IsYearNumber(const Number& number) {
  const auto value = number.Value();
  return number.IsPlain() && value && *value >= 1100 && *value < 2100;
}

}  // namespace kani::text
