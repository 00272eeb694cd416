// Dates: in digits, and days beside the name of their month.
#include <array>
#include <utility>

#include "text/rules.h"

namespace kani::text {
namespace {

bool IsYearValue(int year) { return year >= 1000 && year < 2200; }

int SmallValue(std::string_view digits) {
  int value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return value;
}

/// One or two digits at `at` with a value in [1, 31], or 0.
int DayAt(const Reader& reader, size_t at) {
  const size_t end = reader.DigitsEnd(at);
  if (end == at || end - at > 2) return 0;
  const int day = SmallValue(reader.Slice(at, end));
  return day <= 31 ? day : 0;
}

/// True where the text goes on as behind a number that is no day: "May 5 percent", "June 2.5".
bool GoesOnAsNumber(const Reader& reader, size_t end) {
  const char32_t next = reader.At(end);
  return IsWordCharacter(next) || next == ':' || next == '%' || next == '/' ||
         ((next == '.' || next == ',') && reader.DigitAt(end + 1));
}

/// A year behind "," and a blank, or behind `link` ("de"); 0 where none is written.
int YearAt(const Reader& reader, size_t at, std::string_view link, size_t& end) {
  size_t digits = at;
  if (reader.StartsWith(digits, ",")) ++digits;
  digits = reader.SkipBlank(digits);
  if (digits == at) return 0;
  for (const std::string_view word : {link, link == "de" ? std::string_view("del") : link}) {
    if (word.empty() || !reader.StartsWithWord(digits, word)) continue;
    digits = reader.SkipBlank(digits + word.size());
    break;
  }
  const size_t behind = reader.DigitsEnd(digits);
  if (behind - digits != 4 || IsWordCharacter(reader.At(behind))) return 0;
  const int year = SmallValue(reader.Slice(digits, behind));
  if (!IsYearValue(year)) return 0;
  end = behind;
  return year;
}

/// Behind the ordinal suffix of a day ("3rd"), or `at`.
size_t SkipOrdinalSuffix(const Reader& reader, size_t at, const LanguageTables& tables) {
  for (const OrdinalSuffix& suffix : tables.ordinal_suffixes) {
    if (reader.StartsWithWord(at, suffix.written)) return at + suffix.written.size();
  }
  // "August 23d" of older print.
  const char32_t last = reader.Before(at);
  const bool is_old = tables.names_months_first && (last == '2' || last == '3');
  if (is_old && reader.StartsWithWord(at, "d")) return at + 1;
  return at;
}

int FullYear(std::string_view digits) {
  const int year = SmallValue(digits);
  if (digits.size() == 4) return year;
  return year < 50 ? 2000 + year : 1900 + year;
}

bool IsDate(const Date& date) {
  return date.month >= 1 && date.month <= 12 && date.day >= 1 && date.day <= 31;
}

/// Two or three groups of digits with the same separator; count 0 where something else is written.
struct DateParts {
  std::array<std::string_view, 3> digits;
  size_t count = 0;
  char separator = 0;
  size_t end = 0;
};

DateParts ReadDateParts(const Reader& reader, size_t at) {
  constexpr size_t kMaxDigits = 4;
  DateParts parts;
  size_t begin = at;
  while (parts.count < parts.digits.size()) {
    parts.end = reader.DigitsEnd(begin);
    if (parts.end - begin > kMaxDigits) return {};
    parts.digits[parts.count++] = reader.Slice(begin, parts.end);
    const char32_t c = reader.At(parts.end);
    if (parts.count == 1 && (c == '/' || c == '-' || c == '.')) {
      parts.separator = static_cast<char>(c);
    }
    if (parts.separator == 0) return {};
    if (c != static_cast<unsigned char>(parts.separator) || !reader.DigitAt(parts.end + 1)) break;
    if (parts.count == parts.digits.size()) return {};  // "1/2/3/4"
    begin = parts.end + 1;
  }
  const bool ends = !IsLetter(reader.At(parts.end)) || reader.StartsWith(parts.end, "T");
  return parts.count >= 2 && ends ? parts : DateParts();
}

/// Which part is the day, the month and the year; zeros where they cannot be told. A day above 12
/// tells even when the language's order is not followed.
Date OrderParts(const DateParts& parts, bool month_first) {
  const auto& digits = parts.digits;
  const auto is_short = [&](size_t i) { return digits[i].size() <= 2; };
  if (parts.count == 3 && digits[0].size() == 4) {
    if (!is_short(1) || !is_short(2)) return {};
    return {SmallValue(digits[0]), SmallValue(digits[1]), SmallValue(digits[2])};
  }
  if (!is_short(0) || !is_short(1)) return {};
  Date date = {0, SmallValue(digits[1]), SmallValue(digits[0])};
  if (parts.count == 3) {
    const bool is_short_year = digits[2].size() == 2 && parts.separator == '/';
    if (digits[2].size() != 4 && !is_short_year) return {};
    date.year = FullYear(digits[2]);
  }
  if (month_first && parts.separator != '.') std::swap(date.month, date.day);
  if (date.month > 12) std::swap(date.month, date.day);
  return date;
}

/// "12-Oct-2024", "4/Mar/19", "25-XII-2024" at its first digit.
std::optional<Expansion> NamedParts(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  Date date;
  date.day = DayAt(reader, at);
  const size_t day_end = reader.DigitsEnd(at);
  const char32_t separator = reader.At(day_end);
  if (date.day == 0 || (separator != '-' && separator != '/')) return {};
  const std::string_view word = reader.WordAt(day_end + 1);
  size_t end = day_end + 1;
  bool is_doubtful = false;
  date.month = MonthAt(reader, end, verbaliser, end, is_doubtful);
  if (date.month == 0) {
    date.month = RomanValue(word);
    end = day_end + 1 + word.size();
    if (date.month < 1 || date.month > 12) return {};
  }
  if (reader.At(end) != separator) return {};
  const size_t year_end = reader.DigitsEnd(end + 1);
  const size_t digits = year_end - end - 1;
  if ((digits != 4 && digits != 2) || IsWordCharacter(reader.At(year_end))) return {};
  date.year = FullYear(reader.Slice(end + 1, year_end));
  if (!IsYearValue(date.year)) return {};
  return Expansion{year_end, verbaliser.OnDate(date)};
}

}  // namespace

int MonthAt(const Reader& reader, size_t at, const Verbaliser& verbaliser, size_t& end,
            bool& is_doubtful) {
  const std::string_view word = reader.WordAt(at);
  if (word.empty() || word.size() > 12) return 0;
  const std::string lower = LowerCase(word);
  const int month = verbaliser.lexicon().Month(lower);
  if (month == 0) return 0;
  const LanguageTables& tables = verbaliser.tables();
  is_doubtful = lower == word && Contains(tables.doubtful_months, lower);
  end = at + word.size();
  const bool is_short = lower != LowerCase(tables.months[static_cast<size_t>(month - 1)]);
  if (is_short && reader.StartsWith(end, ".")) ++end;
  return month;
}

std::optional<Expansion> NumericDate(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsNumberStart(reader, at)) return {};
  if (auto named = NamedParts(reader, at, verbaliser)) return named;
  const DateParts parts = ReadDateParts(reader, at);
  if (parts.count == 0) return {};
  const LanguageTables& tables = verbaliser.tables();
  if (parts.count == 2) {
    // "12/24" is a fraction unless the sentence says that it is a day.
    std::string cue = LowerCase(reader.WordBefore(at));
    // "the week of 10/14"
    if (cue == tables.day_link) {
      cue = LowerCase(reader.WordBefore(reader.BeginOf(reader.WordBefore(at))));
    }
    bool is_short = false;
    const bool behind_day =
        verbaliser.lexicon().FindWeekday(CueBefore(reader, at), is_short) != nullptr;
    if (parts.separator != '/' || !(behind_day || Contains(tables.cues.dates, cue))) return {};
    // "the 3/4 majority" has a noun behind it.
    const std::string_view next = reader.WordAt(reader.SkipBlank(parts.end));
    if (Contains(tables.cues.determiners, cue) && !next.empty() && !IsCapitalised(next)) return {};
  }
  const Date date = OrderParts(parts, !tables.day_before_month);
  if (!IsDate(date) || (parts.count == 3 && !IsYearValue(date.year))) return {};
  // The "T" of a timestamp; the time behind it is another rule's.
  const bool is_timestamp = reader.StartsWith(parts.end, "T") && reader.DigitAt(parts.end + 1);
  return Expansion{is_timestamp ? parts.end + 1 : parts.end, verbaliser.OnDate(date)};
}

std::optional<Expansion> MonthThenDay(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (!IsNumberStart(reader, at)) return {};
  size_t month_end = at;
  bool is_doubtful = false;
  Date date;
  date.month = MonthAt(reader, at, verbaliser, month_end, is_doubtful);
  if (date.month == 0) return {};
  const bool has_hyphen = reader.StartsWith(month_end, "-") && reader.DigitAt(month_end + 1);
  const size_t day_at = has_hyphen ? month_end + 1 : reader.SkipBlank(month_end);
  if (day_at == month_end) return {};
  size_t end = month_end;
  date.day = DayAt(reader, day_at);
  if (date.day == 0 || (!tables.names_months_first && date.day == 0)) {
    if (!tables.names_months_first || has_hyphen) return {};
    date.year = YearAt(reader, month_end, {}, end);
    const bool is_date = date.year > 0 && !is_doubtful;
    return is_date ? std::optional(Expansion{end, verbaliser.OnDate(date)}) : std::nullopt;
  }
  end = SkipOrdinalSuffix(reader, reader.DigitsEnd(day_at), tables);
  if (has_hyphen) {
    const size_t year_end = reader.DigitsEnd(end + 1);
    if (reader.StartsWith(end, "-") && year_end - end == 5) {
      date.year = FullYear(reader.Slice(end + 1, year_end));
      if (IsYearValue(date.year)) return Expansion{year_end, verbaliser.OnDate(date)};
    }
    if (reader.StartsWith(end, "-")) return {};
  }
  if (GoesOnAsNumber(reader, end)) return {};
  if (!tables.names_months_first) {
    // "junio 11 2000", "abril 30"; "de mayo 11" and "mayo 11 personas" are left.
    date.year = YearAt(reader, end, tables.day_link, end);
    const bool ends = date.year > 0 || !IsLetter(reader.At(reader.SkipBlank(end)));
    if (is_doubtful || !ends) return {};
    return Expansion{end, verbaliser.OnDate(date)};
  }
  size_t year_end = end;
  if (is_doubtful && YearAt(reader, end, {}, year_end) == 0) return {};
  const size_t last_at = SkipDash(reader, end);
  const int last = last_at > end ? DayAt(reader, last_at) : 0;
  std::string words = verbaliser.OnDate(date);
  if (last > date.day) {
    end = SkipOrdinalSuffix(reader, reader.DigitsEnd(last_at), tables);
    words = JoinWords({words, tables.range,
                       verbaliser.Ordinal(static_cast<uint64_t>(last), OrdinalForm::kMasculine)});
  }
  if (const int year = YearAt(reader, end, {}, end)) words += ", " + verbaliser.Year(year);
  return Expansion{end, words};
}

std::optional<Expansion> DayThenMonth(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  Date date;
  date.day = DayAt(reader, at);
  if (date.day == 0) return {};
  const size_t day_end = SkipOrdinalSuffix(reader, reader.DigitsEnd(at), tables);
  size_t month_at = reader.SkipBlank(day_end);
  if (month_at == day_end) return {};
  const bool has_link = reader.StartsWithWord(month_at, tables.day_link);
  if (has_link) month_at = reader.SkipBlank(month_at + tables.day_link.size());
  size_t end = month_at;
  bool is_doubtful = false;
  date.month = MonthAt(reader, month_at, verbaliser, end, is_doubtful);
  if (date.month == 0 || IsWordCharacter(reader.At(end))) return {};
  if (!tables.names_months_first) {
    // "3 de marzo" already reads well; "mar" and "dic" are months only beside their "de" or day.
    const std::string_view month = reader.Slice(month_at, end);
    const bool is_name = month.size() > 4;
    if (!has_link && !is_name && is_doubtful) return {};
    date.year = YearAt(reader, end, tables.day_link, end);
    return Expansion{end, verbaliser.OnDate(date)};
  }
  size_t year_end = end;
  const int year = YearAt(reader, end, {}, year_end);
  const bool has_suffix = day_end > reader.DigitsEnd(at);
  if (is_doubtful && year == 0 && !has_link && !has_suffix) return {};
  // "25 sept." at the end: the period is the sentence's too.
  if (year == 0 && reader.Before(end) == '.' && EndsSentence(reader, end, verbaliser)) --end;
  const std::string day =
      verbaliser.Ordinal(static_cast<uint64_t>(date.day), OrdinalForm::kMasculine);
  const std::string before = LowerCase(reader.WordBefore(at));
  const bool has_determiner = Contains(tables.cues.determiners, before);
  std::string words = JoinWords({has_determiner ? "" : "the", day, tables.day_link,
                                 tables.months[static_cast<size_t>(date.month - 1)]});
  if (year > 0) {
    end = year_end;
    words += ", " + verbaliser.Year(year);
  }
  return Expansion{end, words};
}

}  // namespace kani::text
