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

/// Month 1..12 whose name or abbreviation is written at `at`, or 0. `end` is set.
int MonthAt(const Reader& reader, size_t at, const LanguageTables& tables, size_t& end) {
  const std::string_view word = reader.WordAt(at);
  if (word.empty()) return 0;
  const bool is_lower = !IsUpper(DecodeAt(word, 0).value);
  // English months are names: "may 5" and "march 3" in lower case are left alone.
  if (is_lower && tables.month_first) return 0;
  const std::string lower = LowerCase(word);
  end = at + word.size();
  for (size_t i = 0; i < 12; ++i) {
    if (lower == LowerCase(tables.months[i])) return static_cast<int>(i) + 1;
    const std::string short_name = LowerCase(tables.month_abbreviations[i]);
    if (lower == short_name || lower == short_name.substr(0, 3)) {
      if (reader.StartsWith(end, ".")) ++end;
      return static_cast<int>(i) + 1;
    }
  }
  return 0;
}

/// A year behind "," and a blank, or behind `link` ("de"); 0 where none is written.
int YearAt(const Reader& reader, size_t at, std::string_view link, size_t& end) {
  size_t digits = at;
  if (reader.StartsWith(digits, ",")) ++digits;
  digits = reader.SkipBlank(digits);
  if (digits == at) return 0;
  if (!link.empty() && reader.StartsWithWord(digits, link)) {
    digits = reader.SkipBlank(digits + link.size());
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

}  // namespace

std::optional<Expansion> NumericDate(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsNumberStart(reader, at)) return {};
  const DateParts parts = ReadDateParts(reader, at);
  if (parts.count == 0) return {};
  const LanguageTables& tables = verbaliser.tables();
  if (parts.count == 2) {
    // "12/24" is a fraction unless the sentence says that it is a day.
    const std::string cue = LowerCase(reader.WordBefore(at));
    if (parts.separator != '/' || !Contains(tables.date_cues, cue)) return {};
  }
  const Date date = OrderParts(parts, tables.month_first);
  if (!IsDate(date) || (parts.count == 3 && !IsYearValue(date.year))) return {};
  // The "T" of a timestamp; the time behind it is another rule's.
  const bool is_timestamp = reader.StartsWith(parts.end, "T") && reader.DigitAt(parts.end + 1);
  return Expansion{is_timestamp ? parts.end + 1 : parts.end, verbaliser.OnDate(date)};
}

std::optional<Expansion> MonthThenDay(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (!tables.month_first || !IsNumberStart(reader, at)) return {};
  size_t month_end = at;
  Date date;
  date.month = MonthAt(reader, at, tables, month_end);
  const size_t day_at = reader.SkipBlank(month_end);
  if (date.month == 0 || day_at == month_end) return {};
  size_t end = month_end;
  date.day = DayAt(reader, day_at);
  if (date.day == 0) {
    date.year = YearAt(reader, month_end, {}, end);
    return date.year > 0 ? std::optional(Expansion{end, verbaliser.OnDate(date)}) : std::nullopt;
  }
  end = SkipOrdinalSuffix(reader, reader.DigitsEnd(day_at), tables);
  // "May 5 percent", "March 3:00", "June 2.5" are not days.
  const char32_t next = reader.At(end);
  const bool is_other = IsWordCharacter(next) || next == ':' || next == '%' || next == '/' ||
                        ((next == '.' || next == ',') && reader.DigitAt(end + 1));
  if (is_other) return {};
  const size_t last_at = SkipDash(reader, end);
  const int last = last_at > end ? DayAt(reader, last_at) : 0;
  std::string words = verbaliser.OnDate(date);
  if (last > date.day) {
    end = reader.DigitsEnd(last_at);
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
  date.month = MonthAt(reader, month_at, tables, end);
  if (date.month == 0) return {};
  if (!tables.month_first) {
    // "3 de marzo" already reads well; "mar" and "dic" are months only beside their "de" or day.
    date.year = YearAt(reader, end, tables.day_link, end);
    return Expansion{end, verbaliser.OnDate(date)};
  }
  const std::string day =
      verbaliser.Ordinal(static_cast<uint64_t>(date.day), OrdinalForm::kMasculine);
  const bool has_article = LowerCase(reader.WordBefore(at)) == "the";
  std::string words = JoinWords({has_article ? "" : "the", day, tables.day_link,
                                 tables.months[static_cast<size_t>(date.month - 1)]});
  if (const int year = YearAt(reader, end, {}, end)) words += ", " + verbaliser.Year(year);
  return Expansion{end, words};
}

}  // namespace kani::text
