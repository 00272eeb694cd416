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

/// Reads "am", "p.m.", "a. m." behind at most one blank.
void ReadHalf(const Reader& reader, WrittenTime& written) {
  if (written.time.hour < 1 || written.time.hour > 12) return;
  const size_t at = reader.SkipBlank(written.end);
  struct Form {
    std::string_view text;
    HalfDay half;
  };
  constexpr Form kForms[] = {
      {"a.m.", HalfDay::kMorning},   {"p.m.", HalfDay::kAfternoon}, {"A.M.", HalfDay::kMorning},
      {"P.M.", HalfDay::kAfternoon}, {"a. m.", HalfDay::kMorning},  {"p. m.", HalfDay::kAfternoon},
      {"a.m", HalfDay::kMorning},    {"p.m", HalfDay::kAfternoon},  {"am", HalfDay::kMorning},
      {"pm", HalfDay::kAfternoon},   {"AM", HalfDay::kMorning},     {"PM", HalfDay::kAfternoon},
  };
  for (const Form& form : kForms) {
    if (!reader.StartsWithWord(at, form.text)) continue;
    written.time.half = form.half;
    written.end = at + form.text.size();
    written.is_marked = true;
    written.ends_with_period = form.text.ends_with('.');
    return;
  }
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

std::optional<WrittenTime> ReadTime(const Reader& reader, size_t at) {
  WrittenTime written;
  written.end = reader.DigitsEnd(at);
  if (written.end == at || written.end - at > 2) return {};
  written.time.hour = written.end - at == 2 ? TwoDigits(reader, at) : reader.text()[at] - '0';
  if (written.time.hour > 24) return {};
  const bool has_colon = reader.StartsWith(written.end, ":");
  if ((has_colon || reader.StartsWith(written.end, "h")) && TwoDigitsAt(reader, written.end + 1)) {
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
  if (before == ':' || before == '.' || before == ',') return {};
  std::optional<WrittenTime> first = ReadTime(reader, at);
  if (!first) return {};
  const size_t dash_end = SkipDash(reader, first->end);
  if (dash_end > first->end) {
    const std::optional<WrittenTime> last = ReadTime(reader, dash_end);
    if (last && last->is_marked && SkipDash(reader, last->end) == last->end) {
      // "9-11 am": an hour without its own mark is a plain number.
      const std::string from =
          first->is_marked
              ? verbaliser.AtTime(first->time)
              : verbaliser.Cardinal(static_cast<uint64_t>(first->time.hour), Gender::kFeminine);
      std::string words =
          JoinWords({from, verbaliser.tables().range, verbaliser.AtTime(last->time)});
      if (last->ends_with_period && EndsSentence(reader, last->end)) words += '.';
      return Expansion{last->end, words};
    }
  }
  if (!first->is_marked) return {};
  std::string words = verbaliser.AtTime(first->time);
  if (first->ends_with_period && EndsSentence(reader, first->end)) words += '.';
  return Expansion{first->end, words};
}

}  // namespace kani::text
