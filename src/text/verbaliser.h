// How a language says what the rules have recognised: numbers, dates, times, amounts.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "text/language_tables.h"
#include "text/number.h"

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

  virtual std::string Cardinal(uint64_t value, Gender gender) const = 0;
  virtual std::string Ordinal(uint64_t value, OrdinalForm form) const = 0;
  virtual std::string Year(int year) const = 0;
  /// "nineties" and the like. @param tens 0, 10, ... 90; @param century 19, or 0 where not written.
  virtual std::string Decade(int century, int tens) const = 0;
  virtual std::string OnDate(const Date& date) const = 0;
  virtual std::string AtTime(const Time& time) const = 0;
  /// "two thirds"; "and two thirds" behind an integer.
  virtual std::string Fraction(int numerator, int denominator, bool behind_integer,
                               Gender gender) const = 0;
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
  /// "the eighth" behind a ruler's name.
  virtual std::string RulerNumber(int value, Gender gender) const = 0;
  /// Gender of the noun `next` as far as it can be told, for counting it; kNone where `next` is not
  /// counted by `value`.
  virtual Gender GenderOfCounted(std::string_view previous, uint64_t value,
                                 std::string_view next) const = 0;

  /// One by one: "zero zero seven".
  std::string Digits(std::string_view digits) const;
  /// Digits as a value where they have one, else one by one.
  std::string DigitsOrValue(std::string_view digits) const;
  std::string Say(const Number& number, Gender gender) const;
  std::string Say(const Quantity& quantity, Gender gender) const;
};

/// @param language base language; nullptr where there are no rules for it. Lives for ever.
const Verbaliser* FindVerbaliser(std::string_view language);

/// The languages themselves; see english.cc, spanish.cc.
const Verbaliser& English();
const Verbaliser& Spanish();

/// Words joined by one blank, empty ones left out.
std::string JoinWords(std::initializer_list<std::string_view> words);
/// True for one whole thing: what takes the singular.
bool IsSingular(const Quantity& quantity);

}  // namespace kani::text
