// How a language says what the rules have recognised: numbers, dates, times, amounts.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "text/language_tables.h"
#include "text/lexicon.h"
#include "text/number.h"
#include "text/reader.h"

namespace kani::text {

/// Zero where not written.
struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

enum class HalfDay { kNone, kMorning, kAfternoon };

struct Time {
  int hour = 0;
  int minute = 0;
  int second = -1;  ///< -1: not written
  HalfDay half = HalfDay::kNone;
  bool names_hours = false;  ///< written with an "h" behind it
};

/// Immutable and thread-safe. The results are words: no digits, no symbols, no period.
class Verbaliser {
 public:
  virtual ~Verbaliser() = default;
  virtual const LanguageTables& tables() const = 0;
  virtual const Lexicon& lexicon() const = 0;

  virtual std::string Cardinal(uint64_t value, Gender gender) const = 0;
  virtual std::string Ordinal(uint64_t value, OrdinalForm form) const = 0;
  virtual std::string Year(int year) const = 0;
  /// "nineties" and the like. @param tens 0, 10, ... 90; @param century 19, or 0 where not written.
  virtual std::string Decade(int century, int tens) const = 0;
  /// "seven fifty-sevens", of the digits of "757s".
  virtual std::string PluralDigits(std::string_view digits) const = 0;
  /// Two by two: "fourteen twenty-eight"; the value where the language has no such reading.
  virtual std::string Pairs(int value) const = 0;
  virtual std::string OnDate(const Date& date) const = 0;
  virtual std::string AtTime(const Time& time) const = 0;
  /// "two thirds"; "and two thirds" behind an integer.
  virtual std::string Fraction(int numerator, int denominator, bool behind_integer,
                               Gender gender) const = 0;
  /// What stands behind a base: "squared", "to the minus five".
  virtual std::string Power(int exponent) const = 0;
  /// The digits behind the decimal mark.
  virtual std::string Decimals(std::string_view digits) const = 0;
  /// A number with its noun in the right form: "one hour", "un millón de euros".
  virtual std::string Counted(const Quantity& quantity, const Noun& noun) const = 0;
  /// "twelve dollars and fifty cents". @param hundredths 0..99 of the minor unit, major part whole.
  virtual std::string MajorAndMinor(const Number& major, int hundredths,
                                    const Currency& currency) const = 0;
  /// "five million dollars".
  virtual std::string CountedMagnitude(const Quantity& quantity, const Magnitude& magnitude,
                                       const Noun& noun) const = 0;
  /// Number of a ruler behind the name: "the eighth", "sexto", "trece".
  virtual std::string RulerNumber(int value, Gender gender) const = 0;
  /// Number before its noun: "Cuarto Congreso", "the eighteenth century". @param noun_at where the
  /// noun is written.
  virtual std::string RomanBeforeNoun(int value, const Reader& reader, size_t noun_at) const = 0;
  /// Gender that the words around a number of that value at [begin, end) give it.
  virtual Gender GenderOfCounted(const Reader& reader, size_t begin, size_t end,
                                 uint64_t value) const = 0;
  /// "de" between a round million and the noun at `noun_at`; "" where nothing is missing.
  virtual std::string_view LinkToNoun(const Quantity& quantity, const Reader& reader,
                                      size_t noun_at) const = 0;
  /// The form of an ordinal that is written with a suffix of `form` before the word at `next`.
  virtual OrdinalForm FormBefore(OrdinalForm form, std::string_view next) const = 0;

  /// Digit by digit.
  std::string Digits(std::string_view digits) const;
  /// The value, or digit by digit where DigitsValue has none.
  std::string DigitsOrValue(std::string_view digits) const;
  std::string Say(const Number& number, Gender gender) const;
  std::string Say(const Quantity& quantity, Gender gender) const;
};

/// @param language tag or base language, "en", "en-gb". nullptr for one that is not known.
const Verbaliser* FindVerbaliser(std::string_view language);
const Verbaliser& English();
/// Days stand before months in dates of digits.
const Verbaliser& BritishEnglish();
const Verbaliser& Spanish();

/// Joins with one blank; empty parts leave none.
std::string JoinWords(std::initializer_list<std::string_view> words);
/// True for exactly one of a thing: "1", "½".
bool IsSingular(const Quantity& quantity);

}  // namespace kani::text
