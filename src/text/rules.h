// What to look for in written text. A rule recognises one kind of thing at one place and hands what
// it found to the language's Verbaliser. The lists are tried in order; the first match wins.
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
/// between letters and digits ("mp3"). A rule looks ahead and back no further than it consumes, but
/// for a bounded stretch.
using Rule = std::optional<Expansion> (*)(const Reader& reader, size_t at,
                                          const Verbaliser& verbaliser);

/// The rules for what begins with a letter, a digit or another sign, in the order they are tried.
std::span<const Rule> RulesFor(char32_t first);

// rules_web.cc
std::optional<Expansion> WebAddress(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> FilePath(const Reader&, size_t at, const Verbaliser&);
// rules_word.cc
std::optional<Expansion> AbbreviatedWord(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> SpokenSymbol(const Reader&, size_t at, const Verbaliser&);
// rules_roman.cc
std::optional<Expansion> RomanNumeral(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> RomanSign(const Reader&, size_t at, const Verbaliser&);
// rules_street.cc
std::optional<Expansion> StreetWord(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> HouseNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> StateCode(const Reader&, size_t at, const Verbaliser&);
// rules_date.cc
std::optional<Expansion> NumericDate(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> MonthThenDay(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DayThenMonth(const Reader&, size_t at, const Verbaliser&);
// rules_calendar.cc
std::optional<Expansion> WeekdayName(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> MonthRange(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DecadeName(const Reader&, size_t at, const Verbaliser&);
// rules_time.cc
std::optional<Expansion> ClockTime(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> Duration(const Reader&, size_t at, const Verbaliser&);
// rules_verse.cc
std::optional<Expansion> Verse(const Reader&, size_t at, const Verbaliser&);
// rules_money.cc
std::optional<Expansion> Money(const Reader&, size_t at, const Verbaliser&);
// rules_measure.cc
std::optional<Expansion> Measure(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> UnitWithoutNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> Dimensions(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> FeetAndInches(const Reader&, size_t at, const Verbaliser&);
// rules_math.cc
std::optional<Expansion> PowerNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> Exponent(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> MinusSign(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> GreekLetter(const Reader&, size_t at, const Verbaliser&);
// rules_phone.cc
std::optional<Expansion> CodeNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> PhoneNumber(const Reader&, size_t at, const Verbaliser&);
// rules_number.cc
std::optional<Expansion> DottedNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> OrdinalNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> DigitsInWord(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> PluralNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> PlainNumber(const Reader&, size_t at, const Verbaliser&);
std::optional<Expansion> MarkBetweenNumbers(const Reader&, size_t at, const Verbaliser&);

// Shared by the rules.

/// True where a number may start: not glued to a letter or to digits before it.
bool IsNumberStart(const Reader& reader, size_t at);
/// True where the sentence ends behind a period that belongs to an abbreviation: at the end of the
/// text or of a line, or before a capitalised word that does not go on with the sentence.
bool EndsSentence(const Reader& reader, size_t at, const Verbaliser& verbaliser);
bool Contains(Words words, std::string_view word);
/// As it stands in `namings`; "" where it does not.
std::string_view SpokenFor(std::span<const Naming> namings, std::string_view written);
bool IsCapitalised(std::string_view word);
/// Digits glued to letters: a short number is a value ("mp3"), four digits may be a year
/// ("FY2023"), anything longer is a code.
std::string SayGluedDigits(const Verbaliser& verbaliser, std::string_view digits);
/// The unit written at `at`, behind at most one blank; nullptr where there is none. `end` is set.
const UnitForm* UnitAt(const Reader& reader, size_t at, const Lexicon& lexicon, size_t& end);
/// "per" and the noun behind the slash of "$5/month", "3 mg/l"; nothing where none follows.
void ReadPer(const Reader& reader, const Verbaliser& verbaliser, Expansion& expansion);
/// True for four plain digits that can be a year.
bool IsYearNumber(const Number& number);
/// "a $5 book", "a 10 km run": the number and its noun describe the next word.
bool IsAttribute(const Reader& reader, size_t begin, size_t end, const Verbaliser& verbaliser);
/// The word before `at`, also across a comma, a colon or a period; in small letters.
std::string CueBefore(const Reader& reader, size_t at);
/// Value of a Roman numeral in its one right form, else 0.
int RomanValue(std::string_view word);
/// True when the words around it say that a four-digit number is a year, not a count. year.cc
bool IsYear(const Reader& reader, size_t at, size_t end, const Number& number,
            const Verbaliser& verbaliser);
/// True where a dash between two numbers is a minus: an equation stands around it.
bool IsInFormula(const Reader& reader, size_t at);
/// 1..12 for the name or abbreviation of a month at `at`, 0 for anything else. `end` is set.
/// `is_doubtful` is set for a form that is another word too ("may").
int MonthAt(const Reader& reader, size_t at, const Verbaliser& verbaliser, size_t& end,
            bool& is_doubtful);

}  // namespace kani::text
