// Numbers as they are written: sign, grouped digits, decimals, fractions and ranges of them. How
// they are said is verbaliser.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "text/reader.h"

namespace kani::text {

/// Marks of a language. The other mark of the two is a decimal mark too where it cannot group.
struct NumberFormat {
  char group_mark = ',';
  char decimal_mark = '.';
  /// "10 000" with a common space; no-break and thin spaces group in every language.
  bool groups_by_space = false;
};

struct Number {
  bool negative = false;
  bool grouped = false;
  bool doubtful_group = false;  ///< grouped by the mark that is the language's decimal mark
  std::string integer;          ///< digits without marks; empty for ".5" and "½"
  std::string decimals;         ///< digits
  char decimal_mark = '.';
  int numerator = 0;  ///< of a fraction behind the integer, if denominator > 0
  int denominator = 0;

  /// Only digits: what may be a year, a house number, a part of something else.
  bool IsPlain() const {
    return !negative && !grouped && decimals.empty() && denominator == 0 && !integer.empty();
  }
  bool IsWhole() const { return decimals.empty() && denominator == 0; }
  /// Value of a whole number of at most 15 digits that does not start with a spoken zero.
  std::optional<uint64_t> Value() const;
};

/// One number, or the range between two.
struct Quantity {
  Number first;
  std::optional<Number> last;
  size_t end = 0;  ///< byte behind it
};

/// Digits to a value; nothing beyond 15 digits ("read digit by digit"), for leading zeros ("007")
/// and for no digits.
std::optional<uint64_t> DigitsValue(std::string_view digits);

/// A number at `at`, which may be its sign.
std::optional<Quantity> ParseNumber(const Reader& reader, size_t at, const NumberFormat& format);
/// A number, or two joined by a dash ("10-20", "10–20", "10 – 20").
std::optional<Quantity> ParseQuantity(const Reader& reader, size_t at, const NumberFormat& format);

/// Behind a dash that may join two numbers, or `at`.
size_t SkipDash(const Reader& reader, size_t at);
/// Behind a minus sign of a number that starts there, or `at`.
size_t SkipSign(const Reader& reader, size_t at);

}  // namespace kani::text
