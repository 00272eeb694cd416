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
enum class OrdinalForm { kMasculine, kFeminine, kBeforeNoun, kMasculinePlural, kFemininePlural };

struct Noun {
  std::string_view one;
  std::string_view many;
  Gender gender = Gender::kNone;
};

/// Between a number and its unit. kPrefixed: only with a prefix ("MB", never "5B").
enum class Spacing { kAny, kGlued, kSpaced, kPrefixed };

/// Recognised behind a number only. The lexicon adds its prefixes, powers and other cases.
struct Unit {
  std::string_view written;
  Noun noun;
  std::string_view prefixes = {};  ///< letters of LanguageTables::prefixes that it takes
  bool has_powers = false;         ///< "m²", "m3"
  bool in_any_case = false;        ///< also written in small letters ("mb")
  Spacing spacing = Spacing::kAny;
};

/// "k" is "kilo".
struct Prefix {
  std::string_view written;
  std::string_view spoken;
};

/// What stands around the name of a unit that is squared or cubed.
struct Power {
  std::string_view before, behind_one, behind_many;
};

/// A sign or code before or behind an amount. `minor` is a hundredth; empty where there is none.
struct Currency {
  std::string_view written;
  Noun major;
  Noun minor = {};
};

/// "million" behind a currency amount, or "M" glued to a number.
struct Magnitude {
  std::string_view written;
  std::string_view one;
  std::string_view many;
  bool is_word = false;     ///< stands behind a blank; glued otherwise
  bool money_only = false;  ///< "m", "b": something else behind a plain number
};

/// What has to follow for an abbreviation to be one.
enum class Follows {
  kAnything,
  kCapital,        ///< a capitalised word; else `otherwise`
  kNumber,         ///< a digit, or a Roman numeral above one
  kNumeral,        ///< as kNumber, and Roman one ("Vol. I")
  kNumberOrName,   ///< a number or a capitalised word
  kYear,           ///< three or four digits
  kNumberInside,   ///< a digit, and a word stands before
  kNameFirst,      ///< a capitalised word, and no name or initial stands before
  kBehindNumber,   ///< anything, and a number stands before
  kBehindOrdinal,  ///< anything, and an ordinal in digits stands before ("18th c.")
  kBehindName,     ///< no capitalised word, and a name stands before
  kSmall,          ///< a word in small letters
  kNoLetter,       ///< ends the phrase: a final period stays if the sentence ends there
};

/// The lexicon adds the written form in capitals, and of one in small letters the capitalised form.
struct Abbreviation {
  std::string_view written;
  std::string_view spoken;
  Follows follows = Follows::kAnything;
  /// Said when kCapital does not hold and the word before is a name ("Main St."); "" leaves it.
  std::string_view otherwise = {};
};

/// Where a symbol is said; elsewhere it passes as it is.
enum class Place {
  kAnywhere,
  kBeforeNumber,
  kBeforeLetter,
  kBetweenNumbers,  ///< with or without blanks
  kInNumbers,       ///< touches the numbers on both sides
  kBehindVariable,  ///< before a number and behind a single letter
  kBetweenSizes,    ///< blanks touch it, a word stands before and a number behind ("ft x 10")
  kAlone,           ///< no letter or digit touches it
  kInWord,          ///< letters or digits touch it on both sides
  kBehindNumber,    ///< touches a number before it and a letter behind it
  kGlued,           ///< something touches it that stands before it
};

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

/// A name of a weekday or month and its abbreviation without the period.
struct Weekday {
  std::string_view name;
  std::string_view abbreviations;  ///< separated by blanks
};

/// "St" behind the name of a street.
struct Street {
  std::string_view written;  ///< without the period
  std::string_view spoken;
};

using Words = std::span<const std::string_view>;

/// A written form (in small letters) and what is said.
struct Naming {
  std::string_view written;
  std::string_view spoken;
};

/// Words that are units only if what follows does not say otherwise ("5 ha" and not "2015 ha
/// sido").
struct UnitVeto {
  std::string_view written;
  Words words;       ///< of the following words, in small letters
  Words endings;     ///< of the following words
  Words needs = {};  ///< where not empty: one of them has to follow
  Words names = {};  ///< numbers that are a name with it where no noun follows ("in 4K")
};

/// Words that tell what a number is. All in small letters.
struct NumberCues {
  Words measuring;       ///< before a count whatever follows
  Words certain_years;   ///< before a year whatever follows
  Words year_links;      ///< between two years ("1701 to 1713")
  Words counting;        ///< before a count with a plural noun behind it
  Words counted;         ///< nouns behind a count, besides units and currencies
  Words dates, decades;  ///< before "3/4", before "90"
  Words phones;          ///< before a number that is dialled
  Words codes;           ///< before a number that is read digit by digit
  Words code_links;      ///< may stand between such a word and its number ("is")
  Words code_kinds;      ///< before "number": "account number"
  Words numbers;         ///< "number", said behind a kind
  Words clock;           ///< before "9.15" that is a time
  Words degrees;         ///< before "38º" that is no ordinal
  Words verses;          ///< books with chapters and verses
  Words short_codes;     ///< of `codes`, those with three digits ("code 123")
  Words scores;          ///< before "112-98" where it is what a match ended in
  Words parts;           ///< before "3/10" where it is one of them ("page")
  Words standards;       ///< before a number and the year behind its colon ("ISO 9001:2015")
  Words no_nouns;        ///< behind an amount that describes nothing ("a $5 and")
  Words determiners;     ///< before a day that gets no article of its own
};

/// Words beside Roman numerals. All in small letters.
struct RomanCues {
  Words things;               ///< before one ("Chapter IV")
  Words lettered;             ///< of them, those that take letters too ("model X")
  Words long_books;           ///< of them, those with fifty and more ("Chapter L")
  Words certain;              ///< of them, those before which "I" is one and never the pronoun
  Words nouns_behind;         ///< behind "phase I" they say so too ("trial")
  Words masculine, feminine;  ///< rulers: "Henry VIII"
  Words ordinals_behind;      ///< nouns behind an ordinal ("XIX century")
  Words links;                ///< between two numerals
  Words lower;                ///< before numerals in small letters ("siglo xix")
  bool names_take_ordinals = false;  ///< "Thutmose II" with an unknown name is "the second"
  bool before_noun = false;          ///< "el IV Congreso"
};

/// All of it points to constants.
struct LanguageTables {
  NumberFormat numbers;
  bool day_before_month = false;      ///< 3/12 is the third of December
  bool names_months_first = false;    ///< "March 3" beside "3 March"
  bool years_in_pairs = false;        ///< four digits may be a year with its own reading
  bool nouns_agree = false;           ///< a counted noun gives its number a gender
  bool area_codes = false;            ///< postal codes stand behind the code of a state
  Words digits;                       // [10]
  Words months;                       // [12]
  Words month_abbreviations;          // [12], without the period
  Words doubtful_months;              ///< in small letters also other words ("may")
  std::span<const Weekday> weekdays;  // [7]
  Words doubtful_weekdays;            ///< abbreviations that are words too ("sun")
  std::string_view minus, plus, point, comma, range, per, dimension, times_sign;
  std::string_view times;       ///< "3x"
  std::string_view equation_x;  ///< "3x + 1"
  std::string_view dot, colon;  ///< in addresses
  std::string_view slash;
  std::string_view out_of;     ///< "page 3/10"
  std::string_view rating;     ///< "4.5/5"
  std::string_view extension;  ///< "x123" behind a telephone number
  std::string_view verse;      ///< between chapter and verse
  std::string_view feet_and;   ///< between feet and inches
  Noun foot, inch, minute;
  Noun shilling, penny;      ///< "2s. 6d."; empty where unknown
  std::string_view squared;  ///< "m/s²"
  Power square, cube;
  std::span<const OrdinalSuffix> ordinal_suffixes;
  std::span<const Prefix> prefixes;
  std::span<const Unit> units;
  std::span<const UnitVeto> unit_vetoes;
  Words per_words;  ///< behind the slash of "20 litres/day"
  std::span<const Currency> currencies;
  std::string_view euro_like;  ///< signs behind whose amounts "1.299" is grouped
  std::span<const Magnitude> magnitudes;
  std::span<const Abbreviation> abbreviations;
  std::span<const Street> streets;
  std::span<const Naming> directions;     ///< "n" before the name of a street
  std::span<const Naming> old_states;     ///< with a period, behind a comma
  std::span<const Naming> states;         ///< in capitals here, behind a comma
  std::span<const Naming> letters;        ///< names of letters that numbers are joined to ("8M")
  std::span<const Naming> digit_plurals;  ///< "1s", "100s"
  std::span<const Symbol> symbols;        ///< in running text
  std::span<const Symbol> web_symbols;    ///< said inside addresses
  Words web_words;                        ///< ends of names that are words of the language ("de")
  NumberCues cues;
  RomanCues roman;
  /// Between a day and its month ("3rd of March").
  std::string_view day_link;
  /// Digits per group, as digits: "334" is 555-123-4567.
  Words phone_shapes;
  /// Nine digits that start with one of these are a telephone number.
  std::string_view phone_starts;
  /// Capitalised words that do not start a sentence behind "p.m." or "Inc.".
  Words titles;
};

}  // namespace kani::text
