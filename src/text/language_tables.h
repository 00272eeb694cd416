// What a language knows besides how it counts: its units, currencies, abbreviations and symbols,
// as plain tables. A new language is a file of these and a Verbaliser.
#pragma once

#include <span>
#include <string_view>

#include "text/number.h"

namespace kani::text {

/// Of a counted noun. kNone counts without a noun ("uno", "veintiuno").
enum class Gender { kNone, kMasculine, kFeminine };

/// Which form of an ordinal is written ("1.º", "1.ª", "1.er"). English has one.
enum class OrdinalForm { kMasculine, kFeminine, kBeforeNoun };

struct Noun {
  std::string_view one;
  std::string_view many;
  Gender gender = Gender::kNone;
};

/// Recognised behind a number only.
struct Unit {
  std::string_view written;
  Noun noun;
};

/// A sign or code before or behind an amount. `minor` is a hundredth; empty where there is none.
struct Currency {
  std::string_view written;
  Noun major;
  Noun minor;
};

/// "million" behind a currency amount, or "M" glued to a number.
struct Magnitude {
  std::string_view written;
  std::string_view one;
  std::string_view many;
  bool is_word = false;  ///< stands behind a blank; glued otherwise
};

/// What has to follow for an abbreviation to be one.
enum class Follows {
  kAnything,
  kCapital,   ///< a capitalised word; else `otherwise`
  kNumber,    ///< a digit
  kNoLetter,  ///< ends the phrase: a final period stays if the sentence ends there
};

struct Abbreviation {
  std::string_view written;
  std::string_view spoken;
  Follows follows = Follows::kAnything;
  /// Said when kCapital does not hold and the word before is a name ("Main St."); "" leaves it.
  std::string_view otherwise = {};
};

/// Where a symbol is said; elsewhere it passes as it is.
enum class Place { kAnywhere, kBeforeNumber, kBeforeLetter, kBetweenNumbers };

/// A character or a few, and its name.
struct Symbol {
  std::string_view written;
  std::string_view spoken;
  Place place = Place::kAnywhere;
};

struct OrdinalSuffix {
  std::string_view written;
  OrdinalForm form = OrdinalForm::kMasculine;
};

/// All of it points to constants.
struct LanguageTables {
  NumberFormat numbers;
  bool month_first = false;                  ///< 3/12 is the twelfth of March
  bool years_in_pairs = false;               ///< four digits may be a year with its own reading
  std::span<const std::string_view> digits;  // [10]
  std::span<const std::string_view> months;  // [12]
  std::span<const std::string_view> month_abbreviations;  // [12], without the period
  std::string_view minus, plus, point, comma, range, per, dimension;
  std::string_view times;  ///< "3x"
  std::span<const OrdinalSuffix> ordinal_suffixes;
  std::span<const Unit> units;  ///< longer ones before their prefixes
  std::span<const Currency> currencies;
  std::span<const Magnitude> magnitudes;
  std::span<const Abbreviation> abbreviations;
  std::span<const Symbol> symbols;      ///< in running text
  std::span<const Symbol> web_symbols;  ///< said inside addresses
  /// Lower-case words before a four-digit year, a numeric date, a decade, a telephone number.
  std::span<const std::string_view> year_cues, date_cues, decade_cues, phone_cues;
  /// Between a day and its month ("3rd of March"), and between two Roman numerals.
  std::string_view day_link;
  std::span<const std::string_view> roman_links;
  /// Digits per group, as digits: "334" is 555-123-4567.
  std::span<const std::string_view> phone_shapes;
  /// Words before a Roman numeral: counted things ("Chapter IV"), and rulers ("Henry VIII").
  std::span<const std::string_view> roman_cues, masculine_rulers, feminine_rulers;
  /// Words before which "I" is a numeral and never the pronoun.
  std::span<const std::string_view> roman_one_cues;
};

}  // namespace kani::text
