// What to look for in written text. A rule recognises one kind of thing at one place and hands what
// it found to the language's Verbaliser. The list is tried in order; the first match wins.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "text/reader.h"
#include "text/verbaliser.h"

namespace kani::text {

struct Expansion {
  size_t end = 0;     ///< byte behind what was recognised; > the place asked about
  std::string words;  ///< may be empty: only a border between words
};

/// nullopt where the rule does not apply. `at` is never inside a word of letters, but may be
/// between letters and digits ("mp3"). A rule looks ahead no further than it consumes, but for a
/// bounded stretch.
using Rule = std::optional<Expansion> (*)(const Reader& reader, size_t at,
                                          const Verbaliser& verbaliser);

/// All rules in the order they are tried.
std::span<const Rule> Rules();

// rules_web.cc
std::optional<Expansion> WebAddress(const Reader&, size_t at, const Verbaliser&);
// rules_word.cc
std::optional<Expansion> AbbreviatedWord(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> RomanNumeral(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> SpokenSymbol(const Reader&, size_t at, const Verbaliser&);
// rules_calendar.cc
std::optional<Expansion> NumericDate(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> MonthThenDay(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DayThenMonth(const Reader&, size_t at, const Verbaliser&);
// rules_time.cc
std::optional<Expansion> ClockTime(const Reader&, size_t at, const Verbaliser&);
// rules_quantity.cc
std::optional<Expansion> Money(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> Measure(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> Dimensions(const Reader&, size_t at, const Verbaliser&);
// rules_number.cc
std::optional<Expansion> PhoneNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DottedNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> OrdinalNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DecadeName(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DigitsInWord(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> PlainNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> MarkBetweenNumbers(const Reader&, size_t at, const Verbaliser&);

// Shared by the rules.

/// True where a number may start: not glued to a letter or to digits before it.
bool IsNumberStart(const Reader& reader, size_t at);
/// True where the sentence ends behind a period that belongs to an abbreviation: at the end of the
/// text or of a line, or before a capitalised word.
bool EndsSentence(const Reader& reader, size_t at);
bool Contains(std::span<const std::string_view> words, std::string_view word);
/// Digits glued to letters: a short number is a value ("mp3"), four digits may be a year
/// ("FY2023"), anything longer is a code.
std::string SayGluedDigits(const Verbaliser& verbaliser, std::string_view digits);
/// The unit written at `at`, behind at most one blank; nullptr where there is none. `end` is set.
const Unit* UnitAt(const Reader& reader, size_t at, const LanguageTables& tables, size_t& end);
/// True for four plain digits that can be a year.
bool IsYearNumber(const Number& number);

}  // namespace kani::text
