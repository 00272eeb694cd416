// Times of day: 10:45, 7 pm, 15h30, and from one to another.
#include <algorithm>

#include "text/rules.h"

namespace kani::text {
namespace {

struct WrittenTime {
  Time time;
  size_t end = 0;
  bool is_marked = false;         ///< has minutes or a half of the day: not a bare number
  bool ends_with_period = false;  ///< "p.m."
};

int TwoDigits(const Reader& reader, size_t at) {
  return (reader.text()[at] - '0') * 10 + (reader.text()[at + 1] - '0');
}

bool TwoDigitsAt(const Reader& reader, size_t at) { return reader.DigitsEnd(at) == at + 2; }

/// Behind "a.m.", "P. M.", "pm" at `at`, or `at`. `half` is set.
size_t SkipHalf(const Reader& reader, size_t at, HalfDay& half) {
  const char32_t letter = reader.At(at);
  const bool is_morning = letter == 'a' || letter == 'A';
  if (!is_morning && letter != 'p' && letter != 'P') return at;
  size_t end = at + 1;
  const bool has_period = reader.StartsWith(end, ".");
  if (has_period) end = reader.SkipBlank(end + 1);
  const char32_t m = reader.At(end);
  if (m != 'm' && m != 'M') return at;
  ++end;
  if (has_period && reader.StartsWith(end, ".")) ++end;
  if (IsWordCharacter(reader.At(end)) && reader.Before(end) != '.') return at;
  half = is_morning ? HalfDay::kMorning : HalfDay::kAfternoon;
  return end;
}

/// Reads "am", "p.m.", "a. m." behind at most one blank.
void ReadHalf(const Reader& reader, WrittenTime& written) {
  if (written.time.hour < 1 || written.time.hour > 12) return;
  const size_t at = reader.SkipBlank(written.end);
  const size_t end = SkipHalf(reader, at, written.time.half);
  if (end == at) return;
  written.end = end;
  written.is_marked = true;
  written.ends_with_period = reader.Before(end) == '.';
}

/// Drops the "h" of "10:30 h"; the sentence's own "horas" too.
void ReadHours(const Reader& reader, WrittenTime& written) {
  const size_t at = reader.SkipBlank(written.end);
  for (const std::string_view hours : {"horas", "hrs", "hs", "h"}) {
    if (!reader.StartsWithWord(at, hours)) continue;
    written.time.names_hours = true;
    written.end = at + hours.size();
    return;
  }
}

/// "9.15" is a time before a half of the day, "h" or behind a word like "a las".
bool IsPointTime(const Reader& reader, size_t at, size_t point, const Verbaliser& verbaliser,
                 bool may_be_first = true) {
  if (!reader.StartsWith(point, ".") || !TwoDigitsAt(reader, point + 1)) return false;
  const size_t end = point + 3;
  if (reader.text()[point + 1] > '5') return false;
  if (reader.StartsWith(end, ".") && reader.DigitAt(end + 1)) return false;
  const size_t next = reader.SkipBlank(end);
  HalfDay half = HalfDay::kNone;
  if (SkipHalf(reader, next, half) > next) return true;
  const LanguageTables& tables = verbaliser.tables();
  if (!tables.cues.clock.empty()) {
    for (const std::string_view hours : {"horas", "hrs", "hs", "h"}) {
      if (reader.StartsWithWord(next, hours)) return true;
    }
  }
  const size_t dash = SkipDash(reader, end);
  if (may_be_first && dash > end && reader.DigitAt(dash)) {
    const size_t last = dash + (reader.DigitAt(dash + 1) ? 2 : 1);
    if (IsPointTime(reader, dash, last, verbaliser, false)) return true;
  }
  return Contains(tables.cues.clock, LowerCase(reader.WordBefore(at)));
}

std::optional<WrittenTime> ReadTime(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  WrittenTime written;
  written.end = reader.DigitsEnd(at);
  if (written.end == at || written.end - at > 2) return {};
  written.time.hour = written.end - at == 2 ? TwoDigits(reader, at) : reader.text()[at] - '0';
  if (written.time.hour > 24) return {};
  const bool has_colon = reader.StartsWith(written.end, ":");
  const bool has_point = IsPointTime(reader, at, written.end, verbaliser);
  if ((has_colon || has_point || reader.StartsWith(written.end, "h")) &&
      TwoDigitsAt(reader, written.end + 1)) {
    written.time.minute = TwoDigits(reader, written.end + 1);
    written.end += 3;
    written.is_marked = true;
    if (written.time.minute > 59) return {};
    if (has_colon && reader.StartsWith(written.end, ":") && TwoDigitsAt(reader, written.end + 1)) {
      written.time.second = TwoDigits(reader, written.end + 1);
      written.end += 3;
      if (written.time.second > 59) return {};
    }
    if (reader.StartsWith(written.end, ":")) return {};
    // "1:50.000" is the scale of a map.
    const bool is_grouped =
        has_colon && (reader.StartsWith(written.end, ".") || reader.StartsWith(written.end, ","));
    if (is_grouped && reader.DigitsEnd(written.end + 1) == written.end + 4) return {};
  }
  if (IsDigit(reader.At(written.end))) return {};
  const bool has_minutes = written.is_marked;
  ReadHalf(reader, written);
  if (has_minutes && written.time.half == HalfDay::kNone) ReadHours(reader, written);
  return written;
}

}  // namespace

std::optional<Expansion> ClockTime(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  // "2025-12-24T10:30": the date took the "T" along.
  const bool is_timestamp = before == 'T' && reader.DigitAt(at - std::min<size_t>(at, 2));
  if (!reader.DigitAt(at) || !(is_timestamp || IsNumberStart(reader, at))) return {};
  // "11:20AM,2:40PM" is a list, "1,2:40" is not.
  const bool behind_mark = before == ':' || before == '.' || before == ',';
  if (behind_mark && !IsLetter(reader.Before(at - 1))) return {};
  std::optional<WrittenTime> first = ReadTime(reader, at, verbaliser);
  if (!first) return {};
  size_t dash_end = SkipDash(reader, first->end);
  if (dash_end == first->end && first->is_marked) {
    // "4:00 am - 8:12 pm"
    const size_t dash_at = reader.SkipBlank(first->end);
    const size_t spaced = SkipDash(reader, dash_at);
    if (spaced > dash_at && dash_at > first->end) dash_end = reader.SkipBlank(spaced);
  }
  if (dash_end > first->end && reader.DigitAt(dash_end)) {
    const std::optional<WrittenTime> last = ReadTime(reader, dash_end, verbaliser);
    if (last && last->is_marked && SkipDash(reader, last->end) == last->end) {
      // "9-11 am": an hour without its own mark is a plain number.
      const std::string from =
          first->is_marked
              ? verbaliser.AtTime(first->time)
              : verbaliser.Cardinal(static_cast<uint64_t>(first->time.hour), Gender::kFeminine);
      std::string words =
          JoinWords({from, verbaliser.tables().range, verbaliser.AtTime(last->time)});
      if (last->ends_with_period && EndsSentence(reader, last->end, verbaliser)) words += '.';
      return Expansion{last->end, words};
    }
  }
  if (!first->is_marked) return {};
  std::string words = verbaliser.AtTime(first->time);
  if (first->ends_with_period && EndsSentence(reader, first->end, verbaliser)) words += '.';
  return Expansion{first->end, words};
}

namespace {

enum class Span { kNone, kHours, kMinutes, kSeconds };

/// "h", "hrs", "m", "min", "s" at `at`, glued to what stands before. `end` is set.
Span SpanAt(const Reader& reader, size_t at, size_t& end) {
  struct Form {
    std::string_view written;
    Span span;
  };
  constexpr Form kForms[] = {{"hrs", Span::kHours},    {"hr", Span::kHours},
                             {"h", Span::kHours},      {"mins", Span::kMinutes},
                             {"min", Span::kMinutes},  {"m", Span::kMinutes},
                             {"secs", Span::kSeconds}, {"sec", Span::kSeconds},
                             {"seg", Span::kSeconds},  {"s", Span::kSeconds}};
  for (const Form& form : kForms) {
    if (!reader.StartsWith(at, form.written)) continue;
    end = at + form.written.size();
    if (IsLetter(reader.At(end))) continue;
    return form.span;
  }
  return Span::kNone;
}

}  // namespace

std::optional<Expansion> Duration(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsNumberStart(reader, at)) return {};
  constexpr size_t kMaxDigits = 4;
  Expansion expansion;
  Span last = Span::kNone;
  int parts = 0;
  for (size_t begin = at;;) {
    Quantity quantity;
    quantity.end = reader.DigitsEnd(begin);
    if (quantity.end == begin || quantity.end - begin > kMaxDigits) break;
    quantity.first.integer = reader.Slice(begin, quantity.end);
    size_t end = 0;
    const Span span = SpanAt(reader, reader.SkipBlank(quantity.end), end);
    if (span == Span::kNone || span <= last) break;
    // "2h30m" goes on with a digit, the last part ends at the border of a word.
    const bool goes_on = reader.DigitAt(end);
    if (!goes_on && !reader.WordBorder(end)) break;
    // The unit's own noun in the language.
    const std::string_view written = span == Span::kHours     ? "h"
                                     : span == Span::kMinutes ? "min"
                                                              : "s";
    size_t unit_end = 0;
    const UnitForm* unit = UnitAt(Reader(written), 0, verbaliser.lexicon(), unit_end);
    if (unit == nullptr) return {};
    expansion.words = JoinWords({expansion.words, verbaliser.Counted(quantity, unit->noun)});
    expansion.end = end;
    last = span;
    ++parts;
    begin = goes_on ? end : reader.SkipBlank(end);
    if (begin == end && !goes_on) break;
  }
  if (parts < 2) return {};
  return expansion;
}

}  // namespace kani::text
