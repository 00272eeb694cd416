// Weekdays, ranges of months and weekdays, decades.
#include <algorithm>

#include "text/rules.h"

namespace kani::text {
namespace {

/// The weekday whose abbreviation or name stands at `at`, nullptr for another word. `end` is set
/// behind its period.
const Weekday* WeekdayAt(const Reader& reader, size_t at, const Verbaliser& verbaliser, size_t& end,
                         bool& is_short) {
  const std::string_view word = reader.WordAt(at);
  if (word.empty() || word.size() > 12) return nullptr;
  const Weekday* weekday = verbaliser.lexicon().FindWeekday(LowerCase(word), is_short);
  end = at + word.size();
  if (weekday != nullptr && is_short && reader.StartsWith(end, ".")) ++end;
  return weekday;
}

/// True where the text goes on as behind a day: a date, a time, a dash.
bool GoesOnAsDay(const Reader& reader, size_t end, const Verbaliser& verbaliser) {
  size_t at = end;
  if (reader.StartsWith(at, ",")) ++at;
  at = reader.SkipBlank(at);
  if (reader.StartsWith(at, "(")) ++at;
  if (reader.DigitAt(at)) return true;
  if (reader.StartsWith(at, "at ") && reader.DigitAt(at + 3)) return true;
  size_t month_end = at;
  bool is_doubtful = false;
  return MonthAt(reader, at, verbaliser, month_end, is_doubtful) > 0 && !is_doubtful;
}

size_t SkipRangeMark(const Reader& reader, size_t at) {
  const size_t dash = SkipDash(reader, at);
  if (dash > at) return dash;
  const size_t begin = reader.SkipBlank(at);
  const size_t spaced = SkipDash(reader, begin);
  return spaced > begin && begin > at ? reader.SkipBlank(spaced) : at;
}

}  // namespace

std::optional<Expansion> WeekdayName(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (!IsNumberStart(reader, at)) return {};
  size_t end = at;
  bool is_short = false;
  const Weekday* weekday = WeekdayAt(reader, at, verbaliser, end, is_short);
  if (weekday == nullptr) return {};
  const size_t last_at = SkipRangeMark(reader, end);
  if (last_at > end) {
    size_t last_end = last_at;
    bool is_last_short = false;
    const Weekday* last = WeekdayAt(reader, last_at, verbaliser, last_end, is_last_short);
    if (last != nullptr) {
      if (reader.Before(last_end) == '.' && EndsSentence(reader, last_end, verbaliser)) --last_end;
      return Expansion{last_end, JoinWords({weekday->name, tables.range, last->name})};
    }
  }
  if (!is_short) return {};
  const std::string lower = LowerCase(reader.WordAt(at));
  const bool has_period = reader.Before(end) == '.';
  const bool is_doubtful = Contains(tables.doubtful_weekdays, lower);
  // Two letters only before a date in parentheses: "Tu (2/22)".
  if (lower.size() < 3 && !reader.StartsWith(reader.SkipBlank(end), "(")) return {};
  const bool is_day =
      GoesOnAsDay(reader, end, verbaliser) ||
      (reader.StartsWith(end, ":") && (has_period || reader.WordAt(at) != lower)) ||
      (has_period && !is_doubtful && reader.WordAt(at) != lower) ||
      (has_period && is_doubtful &&
       Contains(tables.cues.dates, LowerCase(reader.WordBefore(at)))) ||
      (!is_doubtful && Contains(tables.cues.dates, LowerCase(reader.WordBefore(at))));
  if (!is_day) return {};
  if (reader.WordAt(at) == lower && is_doubtful && !has_period && !reader.StartsWith(end, ",")) {
    return {};
  }
  std::string words(weekday->name);
  if (has_period && EndsSentence(reader, end, verbaliser) &&
      !GoesOnAsDay(reader, end, verbaliser)) {
    words += '.';
  }
  return Expansion{end, words};
}

std::optional<Expansion> MonthRange(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  size_t end = at;
  bool is_doubtful = false;
  const int first = MonthAt(reader, at, verbaliser, end, is_doubtful);
  if (first == 0) return {};
  const auto name = [&](int month) { return tables.months[static_cast<size_t>(month - 1)]; };
  const size_t last_at = SkipRangeMark(reader, end);
  if (last_at == end) {
    // An abbreviation alone, behind a word that asks for a time: "in Sept.", "since Oct.".
    if (reader.Before(end) != '.' || is_doubtful) return {};
    const std::string before = LowerCase(reader.WordBefore(at));
    if (!Contains(tables.cues.certain_years, before) || !tables.names_months_first) return {};
    if (reader.DigitAt(reader.SkipBlank(end))) return {};
    std::string words(name(first));
    if (EndsSentence(reader, end, verbaliser)) words += '.';
    return Expansion{end, words};
  }
  size_t last_end = last_at;
  bool is_last_doubtful = false;
  const int last = MonthAt(reader, last_at, verbaliser, last_end, is_last_doubtful);
  if (last == 0 || (is_doubtful && is_last_doubtful)) return {};
  // "Oct-Dec 2024": the year is said as a year whatever its value.
  return Expansion{last_end, JoinWords({name(first), tables.range, name(last)})};
}

std::optional<Expansion> DecadeName(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const bool has_apostrophe = reader.StartsWith(at, "'") || reader.StartsWith(at, "’");
  const size_t begin = has_apostrophe ? at + DecodeAt(reader.text(), at).bytes : at;
  if (!IsNumberStart(reader, at)) return {};
  const size_t digits_end = reader.DigitsEnd(begin);
  const std::string_view digits = reader.Slice(begin, digits_end);
  if (digits.size() < 2 || digits.size() > 4 || digits.back() != '0') return {};
  size_t end = digits_end;
  if (reader.StartsWith(end, "'")) ++end;
  if (reader.StartsWith(end, "’")) end += std::string_view("’").size();
  // "1980 s" is written too.
  if (end == digits_end && digits.size() == 4) end = reader.SkipBlank(end);
  if (!reader.StartsWithWord(end, "s") && !reader.StartsWithWord(end, "S")) return {};
  ++end;
  const auto value = DigitsValue(digits);
  if (!value) return {};
  const int tens = static_cast<int>(*value % 100);
  if (digits.size() == 4) {
    if (*value < 1100 || *value >= 2100) return {};
    return Expansion{end, verbaliser.Decade(static_cast<int>(*value / 100), tens)};
  }
  if (digits.size() == 3) {
    if (tens < 20) return {};
    return Expansion{end, verbaliser.Decade(static_cast<int>(*value / 100), tens)};
  }
  if (tens < 20) return {};
  return Expansion{end, verbaliser.Decade(0, tens)};
}

}  // namespace kani::text
