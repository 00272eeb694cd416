// Whether four digits are a year or a count: what stands around them decides.
#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

bool IsPlural(std::string_view noun) {
  return noun.size() > 3 && noun.ends_with('s') && !noun.ends_with("ss") && !noun.ends_with("us") &&
         !noun.ends_with("is");
}

/// The noun behind `end` is counted whatever stands before it.
bool CountsUnit(const Verbaliser& verbaliser, const std::string& next) {
  return verbaliser.lexicon().IsUnitWord(next) || verbaliser.lexicon().IsCurrencyWord(next) ||
         Contains(verbaliser.tables().cues.counted, next);
}

/// "to 1713", "and 1920" behind `end`, with nothing counted behind it.
bool IsFollowedByYear(const Reader& reader, size_t end, const Verbaliser& verbaliser) {
  const size_t link_at = reader.SkipBlank(end);
  const std::string_view link = reader.WordAt(link_at);
  if (!Contains(verbaliser.tables().cues.year_links, link)) return false;
  const size_t at = reader.SkipBlank(link_at + link.size());
  const size_t digits_end = reader.DigitsEnd(at);
  if (digits_end - at != 4 || !reader.WordBorder(digits_end)) return false;
  const auto value = DigitsValue(reader.Slice(at, digits_end));
  if (!value || *value < 1100 || *value >= 2100) return false;
  const std::string next = LowerCase(reader.WordAt(reader.SkipBlank(digits_end)));
  return !CountsUnit(verbaliser, next) && !IsPlural(next);
}

/// "1701 and" before `at`.
bool IsPrecededByYear(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const std::string_view link = reader.WordBefore(at);
  if (!Contains(verbaliser.tables().cues.year_links, link)) return false;
  size_t end = reader.SkipBlankBack(reader.BeginOf(link));
  if (reader.Before(end) == ',') --end;
  const std::string_view digits = reader.DigitsBefore(end);
  if (digits.size() != 4 || IsWordCharacter(reader.Before(reader.BeginOf(digits)))) return false;
  const auto value = DigitsValue(digits);
  return value && *value >= 1100 && *value < 2100;
}

}  // namespace

bool IsYear(const Reader& reader, size_t at, size_t end, const Number& number,
            const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  const NumberCues& cues = tables.cues;
  if (!tables.years_in_pairs || !number.IsPlain() || number.integer.size() != 4) return false;
  const auto value = number.Value();
  if (!value || *value < 1010 || *value >= 2100) return false;
  const std::string_view before_word = reader.WordBefore(at);
  const std::string before = LowerCase(before_word);
  const size_t next_at = reader.SkipBlank(end);
  const std::string_view next_word = next_at > end ? reader.WordAt(next_at) : std::string_view();
  const std::string next = LowerCase(next_word);
  const bool is_certain = Contains(cues.certain_years, before);
  const bool has_era = next_word == "AD" || next_word == "BC" || next_word == "CE" ||
                       next_word == "BCE" || reader.StartsWith(next_at, "A.D") ||
                       reader.StartsWith(next_at, "B.C");
  if (has_era) return *value >= 1010;
  if (*value < 1100) return is_certain && !CountsUnit(verbaliser, next) && !IsPlural(next);
  if (*value % 1000 == 0 && *value == 1000) return false;
  if (reader.Before(at) == '#') return true;
  if (CountsUnit(verbaliser, next)) {
    return is_certain && !verbaliser.lexicon().IsUnitWord(next) &&
           !verbaliser.lexicon().IsCurrencyWord(next);
  }
  if (is_certain || IsPrecededByYear(reader, at, verbaliser) ||
      IsFollowedByYear(reader, end, verbaliser)) {
    return true;
  }
  if (Contains(cues.measuring, before)) return false;
  constexpr uint64_t kFirstUndoubtedYear = 1900;
  const bool is_small_word = !next_word.empty() && !IsCapitalised(next_word);
  const bool counts_plural = is_small_word && IsPlural(next) && !IsFunctionWord(next);
  if (*value >= kFirstUndoubtedYear) {
    // "has 1950 pages" is a count, "the 1960 riots" a year.
    return !(counts_plural && Contains(cues.counting, before));
  }
  if (counts_plural) return before == "the" && *value % 100 != 0;
  return !(next == "of" && before != "the");
}

}  // namespace kani::text
