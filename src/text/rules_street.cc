// Addresses of streets: their abbreviated kinds, points of the compass, house numbers, states.
#include <algorithm>

#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

std::string_view StreetAt(const Reader& reader, size_t at, const LanguageTables& tables,
                          size_t& end, bool full_names) {
  const std::string_view word = reader.WordAt(at);
  if (word.empty()) return {};
  const std::string lower = LowerCase(word);
  for (const Street& street : tables.streets) {
    if (lower != street.written && !(full_names && lower == LowerCase(street.spoken))) continue;
    end = at + word.size();
    return street.spoken;
  }
  return {};
}

/// True when the words from `at` on are a street's name: capitalised or an ordinal, up to three,
/// with their kind behind.
bool IsStreetName(const Reader& reader, size_t at, const LanguageTables& tables) {
  constexpr int kMaxWords = 4;
  for (int words = 0; words < kMaxWords; ++words) {
    size_t end = at;
    if (words > 0 && !StreetAt(reader, at, tables, end, true).empty()) return true;
    if (reader.DigitAt(at)) {
      end = reader.DigitsEnd(at);
      const std::string_view suffix = reader.WordAt(end);
      if (suffix.size() != 2) return false;
      end += suffix.size();
    } else {
      const std::string_view word = reader.WordAt(at);
      if (word.empty() || !IsCapitalised(word)) return false;
      end = at + word.size();
      if (reader.StartsWith(end, ".") && word.size() <= 2) ++end;
    }
    const size_t next = reader.SkipBlank(end);
    if (next == end) return false;
    at = next;
  }
  return false;
}

/// "Pennsylvania Ave NW", "I-95 N": a kind of street or the number of a road stands before `at`.
bool IsBehindRoad(const Reader& reader, size_t at, std::string_view digits,
                  const LanguageTables& tables) {
  const size_t blank = reader.SkipBlankBack(at);
  if (blank == at) return false;
  if (!digits.empty()) {
    const size_t number_at = reader.BeginOf(digits);
    if (reader.Before(number_at) != '-') return false;
    const std::string_view road = reader.WordBefore(number_at - 1);
    return road == "I" || road == "US" || road == "SR";
  }
  const size_t street_end = reader.Before(blank) == '.' ? blank - 1 : blank;
  const std::string_view street = reader.WordBefore(street_end);
  if (street.size() < 2 || !IsCapitalised(street)) return false;
  size_t end = 0;
  return !StreetAt(reader, reader.BeginOf(street), tables, end, true).empty() &&
         !IsUpper(reader.At(reader.SkipBlank(at + reader.WordAt(at).size())));
}

/// A name or "1st" ends at `at`, behind one blank.
bool FollowsName(const Reader& reader, size_t at) {
  size_t name_end = reader.SkipBlankBack(at);
  if (name_end == at) return false;
  if (reader.Before(name_end) == '.' && reader.WordBefore(name_end - 1) == "Jr") --name_end;
  const std::string_view word = reader.WordBefore(name_end);
  if (word.empty()) return false;
  const size_t begin = reader.BeginOf(word);
  if (word.size() == 2 && IsDigit(reader.Before(begin))) return true;
  return IsCapitalised(word) && !IsFunctionWord(LowerCase(word));
}

}  // namespace

std::optional<Expansion> StreetWord(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (tables.streets.empty() || !IsNumberStart(reader, at) || reader.Before(at) == '/') return {};
  // "12 W Oak Avenue", "708 N 1st St".
  const std::string_view word = reader.WordAt(at);
  if (word.size() <= 2 && IsCapitalised(word)) {
    const std::string_view direction = SpokenFor(tables.directions, LowerCase(word));
    if (!direction.empty()) {
      size_t end = at + word.size();
      if (reader.StartsWith(end, ".")) ++end;
      const size_t name_at = reader.SkipBlank(end);
      const std::string_view digits = reader.DigitsBefore(at);
      const bool has_number = !digits.empty() && reader.SkipBlankBack(at) < at;
      if (name_at > end && has_number && IsStreetName(reader, name_at, tables)) {
        return Expansion{end, std::string(direction)};
      }
      if (IsBehindRoad(reader, at, digits, tables) && !EndsSentence(reader, end, verbaliser)) {
        return Expansion{end, std::string(direction)};
      }
      if (IsBehindRoad(reader, at, digits, tables)) {
        return Expansion{at + word.size(), std::string(direction)};
      }
    }
  }
  size_t end = at;
  const std::string_view street = StreetAt(reader, at, tables, end, false);
  if (street.empty() || !FollowsName(reader, at)) return {};
  const bool has_period = reader.StartsWith(end, ".");
  const size_t behind = has_period ? end + 1 : end;
  const size_t next_at = reader.SkipBlank(behind);
  const std::string_view next = reader.WordAt(next_at);
  const char32_t c = reader.At(behind);
  // "Mount St Helens", "Wall St Journal": a name goes on.
  const bool is_capital = !next.empty() && IsCapitalised(next) && next_at > behind;
  if (is_capital && !has_period && !IsFunctionWord(LowerCase(next)) &&
      SpokenFor(tables.directions, LowerCase(next)).empty()) {
    return {};
  }
  if (is_capital && has_period && !EndsSentence(reader, behind, verbaliser)) return {};
  if (IsWordCharacter(c) || c == '\'' || c == U'’' || c == '/' || c == '-' || c == '&') return {};
  const bool is_small = !IsCapitalised(word);
  if (is_small) {
    // "1st st", "San Tomas hwy,": in small letters only where nothing but an address goes on.
    const bool ends = c == ',' || c == 0 || c == '\n' || c == '.' || reader.At(next_at) == '#';
    if (!ends || word.size() < 2) return {};
  }
  std::string words(street);
  if (has_period && EndsSentence(reader, behind, verbaliser)) words += '.';
  return Expansion{behind, words};
}

std::optional<Expansion> HouseNumber(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (!tables.years_in_pairs || !IsNumberStart(reader, at)) return {};
  const size_t end = reader.DigitsEnd(at);
  if (end - at != 4 || reader.text()[at] == '0') return {};
  size_t name_at = reader.SkipBlank(end);
  if (name_at == end) return {};
  const std::string_view word = reader.WordAt(name_at);
  if (!SpokenFor(tables.directions, LowerCase(word)).empty() && IsCapitalised(word)) {
    const size_t behind = name_at + word.size();
    name_at = reader.SkipBlank(reader.StartsWith(behind, ".") ? behind + 1 : behind);
  }
  if (!IsStreetName(reader, name_at, tables)) return {};
  return Expansion{end, verbaliser.Pairs(static_cast<int>(*DigitsValue(reader.Slice(at, end))))};
}

std::optional<Expansion> StateCode(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (tables.states.empty() || !IsUpper(reader.At(at))) return {};
  const std::string_view word = reader.WordAt(at);
  if (word.size() > 1 && word.size() < 6 && reader.StartsWith(at + word.size(), ".")) {
    // "Lancaster, Pa., was"
    const std::string_view name = SpokenFor(tables.old_states, word);
    const size_t comma_end = reader.SkipBlankBack(at);
    const bool has_place = comma_end < at && reader.Before(comma_end) == ',' &&
                           IsCapitalised(reader.WordBefore(comma_end - 1));
    if (!name.empty() && has_place) {
      const size_t behind = at + word.size() + 1;
      std::string words(name);
      if (EndsSentence(reader, behind, verbaliser)) words += '.';
      return Expansion{behind, words};
    }
  }
  if (word.size() != 2 || !IsUpper(reader.At(at + 1)) || !IsNumberStart(reader, at)) return {};
  // "Reno, NV 89501": behind a place and a comma.
  const size_t comma = reader.SkipBlankBack(at);
  const size_t end = at + 2;
  if (comma == at || reader.Before(comma) != ',' || !reader.WordBorder(end)) return {};
  const std::string_view place = reader.WordBefore(comma - 1);
  if (place.empty() || !IsCapitalised(place)) return {};
  const bool is_capitals = place.size() > 1 && IsUpper(DecodeBefore(place, place.size()).value);
  const std::string_view state = SpokenFor(tables.states, word);
  const bool has_comma = reader.StartsWith(end, ",");
  const size_t zip_at = reader.SkipBlank(has_comma ? end + 1 : end);
  const size_t zip_end = reader.DigitsEnd(zip_at);
  const bool has_zip =
      zip_at > end + has_comma && zip_end - zip_at == 5 && reader.WordBorder(zip_end);
  if (state.empty() && !has_zip) return {};
  if (is_capitals && !has_zip) return {};  // "YES, OK"
  const std::string said = state.empty() ? std::string(word) : std::string(state);
  if (!has_zip) {
    const char32_t next = reader.At(end);
    const bool ends = next == 0 || next == ',' || next == '.' || next == '\n' || next == ')' ||
                      next == ';' || IsSpace(next);
    return ends && !state.empty() ? std::optional(Expansion{end, said}) : std::nullopt;
  }
  std::string words =
      said + (has_comma ? ", " : " ") + verbaliser.Digits(reader.Slice(zip_at, zip_end));
  // "90210-1234"
  const size_t plus_end = reader.DigitsEnd(zip_end + 1);
  if (reader.StartsWith(zip_end, "-") && plus_end - zip_end == 5) {
    words += ", " + verbaliser.Digits(reader.Slice(zip_end + 1, plus_end));
    return Expansion{plus_end, words};
  }
  return Expansion{zip_end, words};
}

}  // namespace kani::text
