// Measures with their units, feet and inches, and sizes like "4x4".
#include "text/language_profile.h"
#include "text/rules.h"

namespace kani::text {
namespace {

/// The period of "5 min. later" belongs to the unit, that of "5 min." to the sentence.
void SkipUnitPeriod(const Reader& reader, const UnitForm& unit, const Verbaliser& verbaliser,
                    Expansion& expansion) {
  if (!reader.StartsWith(expansion.end, ".") || !IsLetter(DecodeAt(unit.base, 0).value)) return;
  const size_t behind = expansion.end + 1;
  // "2 lbs., net"; "3 in. x 4 in.".
  if (reader.StartsWith(behind, ",") || reader.StartsWith(behind, ";")) {
    expansion.end = behind;
    return;
  }
  const size_t word_at = reader.SkipBlank(behind);
  const char32_t next = reader.At(word_at);
  const bool goes_on = IsLetter(next) ? !EndsSentence(reader, behind, verbaliser)
                                      : IsDigit(next) || next == '(' || next == U'×';
  if (word_at > behind && goes_on) expansion.end = behind;
}

bool EndsPhrase(char32_t c) {
  return c == 0 || c == '\n' || c == '\r' || c == ',' || c == ';' || c == '!' || c == '?' ||
         c == ')' || c == ']' || c == '"' || c == U'”' || c == U'»' || c == ':' || c == U'…' ||
         c == '|' || c == '*';
}

/// One letter behind a blank is a unit only where the text does not go on as behind an initial, a
/// point of the compass or a name.
bool IsLoneUnit(const Reader& reader, size_t begin, std::string_view letter, size_t end) {
  const bool is_capital = IsCapitalised(letter);
  const char32_t next = reader.At(end);
  if (EndsPhrase(next) || next == '/' || next == '-' || next == U'·') return true;
  // "5 M. Reed", and the end of a sentence behind "5 m.".
  if (next == '.') {
    if (IsWordCharacter(reader.At(end + 1))) return false;  // "340 A.D."
    const size_t word_at = reader.SkipBlank(end + 1);
    const bool is_initial = word_at > end + 1 && IsUpper(reader.At(word_at));
    return !is_initial || !is_capital;
  }
  const size_t word_at = reader.SkipBlank(end);
  if (word_at == end) return false;
  const char32_t first = reader.At(word_at);
  if (IsUpper(first) || IsDigit(first)) return !is_capital;
  // "Since 2011 M was gone": a year has no units.
  const size_t digits_end = reader.DigitsEnd(begin);
  const bool is_year = digits_end - begin == 4 && is_capital;
  return !is_year;
}

bool IsVetoed(const Reader& reader, size_t begin, size_t end, std::string_view unit,
              bool is_hyphened, const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  for (const UnitVeto& veto : tables.unit_vetoes) {
    if (veto.written != unit && veto.written != LowerCase(unit)) continue;
    if (reader.Before(begin) == '-') return true;
    const std::string before = LowerCase(reader.WordBefore(begin));
    const std::string next = LowerCase(reader.WordAt(reader.SkipBlank(end)));
    if (reader.DigitsEnd(begin) == begin + 4 && Contains(tables.cues.certain_years, before)) {
      return true;
    }
    // "in 4K", and not "4K followers".
    const std::string_view number = reader.Slice(begin, reader.DigitsEnd(begin));
    const bool is_name = Contains(veto.names, number) && IsCapitalised(unit);
    if (is_name && (next.empty() || IsFunctionWord(next))) return true;
    if (!veto.needs.empty() && is_hyphened) return reader.StartsWith(end, "-");  // "2-in-1"
    if (!veto.needs.empty()) return !Contains(veto.needs, next);
    if (Contains(veto.words, next)) return true;
    for (const std::string_view ending : veto.endings) {
      if (next.size() > ending.size() && next.ends_with(ending)) return true;
    }
  }
  return false;
}

/// "el 8M", "el 23-F": a day and the initial of its month.
bool IsDayName(const Reader& reader, size_t begin, size_t number_end, std::string_view letter,
               size_t end, const LanguageTables& tables) {
  const std::string before = LowerCase(reader.WordBefore(begin));
  return !tables.names_months_first && IsCapitalised(letter) && number_end - begin <= 2 &&
         Contains(tables.cues.dates, before) && !SpokenFor(tables.letters, letter).empty() &&
         reader.WordBorder(end) &&
         LowerCase(reader.WordAt(reader.SkipBlank(end))) != tables.day_link;
}

bool IsUnitHere(const Reader& reader, size_t begin, size_t number_end, size_t end,
                const Verbaliser& verbaliser) {
  const bool is_glued = reader.SkipBlank(number_end) == number_end;
  const std::string_view written = reader.Slice(reader.SkipBlank(number_end), end);
  const bool is_hyphened = reader.Before(number_end) == '-';
  if (IsVetoed(reader, begin, end, written, is_hyphened, verbaliser)) return false;
  const bool is_letter = written.size() == 1 && IsLetter(static_cast<unsigned char>(written[0]));
  if (!is_letter) return true;
  // "I-95 N": the number belongs to a name.
  if (!is_glued && reader.Before(begin) == '-' && IsLetter(reader.Before(begin - 1))) return false;
  const LanguageTables& tables = verbaliser.tables();
  if (is_glued) {
    const bool is_day = IsDayName(reader, begin, number_end, written, end, tables);
    const bool is_initial = IsCapitalised(written) && reader.StartsWith(end, ".") &&
                            IsUpper(reader.At(reader.SkipBlank(end + 1))) &&
                            reader.SkipBlank(end + 1) > end + 1 && number_end - begin == 4;
    return !is_day && !is_initial;
  }
  return IsLoneUnit(reader, begin, written, end);
}

}  // namespace

std::optional<Expansion> Measure(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const size_t day_end = reader.DigitsEnd(at);
  const size_t letter_at = reader.StartsWith(day_end, "-") ? day_end + 1 : day_end;
  if (day_end > at && IsUpper(reader.At(letter_at))) {
    const std::string_view letter = reader.WordAt(letter_at);
    if (IsDayName(reader, at, day_end, letter, letter_at + letter.size(), tables)) {
      return Expansion{letter_at + letter.size(),
                       JoinWords({verbaliser.DigitsOrValue(reader.Slice(at, day_end)),
                                  SpokenFor(tables.letters, letter)})};
    }
  }
  std::optional<Quantity> quantity = ParseQuantity(reader, at, tables.numbers);
  if (!quantity) return {};
  // "08 h"
  std::string& integer = quantity->first.integer;
  if (integer.size() == 2 && integer[0] == '0' && quantity->first.decimals.empty()) {
    integer.erase(0, 1);
  }
  Expansion expansion;
  // "3 million km".
  size_t number_end = quantity->end;
  const Magnitude* magnitude = nullptr;
  for (const Magnitude& each : tables.magnitudes) {
    const size_t word_at = reader.SkipBlank(number_end);
    if (!each.is_word || word_at == number_end || !reader.StartsWithWord(word_at, each.written)) {
      continue;
    }
    magnitude = &each;
    number_end = word_at + each.written.size();
    break;
  }
  size_t unit_at = number_end;
  if (reader.StartsWith(unit_at, "-") && magnitude == nullptr) ++unit_at;  // "a 5-km run"
  const UnitForm* unit = UnitAt(reader, unit_at, verbaliser.lexicon(), expansion.end);
  if (unit == nullptr) return {};
  const bool is_hyphened = unit_at > number_end;
  if (is_hyphened && (reader.SkipBlank(unit_at) > unit_at || unit->base.size() < 2)) return {};
  const bool is_lone_magnitude = magnitude != nullptr && unit->base.size() < 2;
  if (is_lone_magnitude && !EndsPhrase(reader.At(expansion.end))) return {};
  const size_t digits_at = SkipSign(reader, at);
  if (!IsUnitHere(reader, digits_at, unit_at, expansion.end, verbaliser)) return {};
  if (magnitude != nullptr) {
    expansion.words = verbaliser.CountedMagnitude(*quantity, *magnitude, unit->noun);
  } else if (is_hyphened || IsAttribute(reader, at, expansion.end, verbaliser)) {
    const Noun attribute{unit->noun.one,
                         tables.names_months_first ? unit->noun.one : unit->noun.many,
                         unit->noun.gender};
    expansion.words = verbaliser.Counted(*quantity, attribute);
  } else {
    expansion.words = verbaliser.Counted(*quantity, unit->noun);
  }
  ReadPer(reader, verbaliser, expansion);
  SkipUnitPeriod(reader, *unit, verbaliser, expansion);
  return expansion;
}

std::optional<Expansion> UnitWithoutNumber(const Reader& reader, size_t at,
                                           const Verbaliser& verbaliser) {
  const bool has_slash = reader.StartsWith(at, "/");
  const size_t begin = has_slash ? at + 1 : at;
  if (has_slash && IsLetter(reader.Before(at))) {
    // "20 litres/day"
    const std::string before = LowerCase(reader.WordBefore(at));
    const std::string_view period = reader.WordAt(begin);
    const bool is_count = before.ends_with('s') || verbaliser.lexicon().IsUnitWord(before);
    if (!is_count || before.size() < 3 || !Contains(verbaliser.tables().per_words, period)) {
      return {};
    }
    return Expansion{begin + period.size(), JoinWords({verbaliser.tables().per, period})};
  }
  if (!IsLetter(reader.At(begin))) return {};
  if (has_slash && IsDigit(reader.Before(at))) {  // "max 8/day"
    const std::string_view period = reader.WordAt(begin);
    if (Contains(verbaliser.tables().per_words, period)) {
      return Expansion{begin + period.size(), JoinWords({verbaliser.tables().per, period})};
    }
  }
  if (!has_slash && (!IsNumberStart(reader, at) || !reader.WordBorder(at))) return {};
  size_t end = begin;
  const UnitForm* unit = UnitAt(reader, begin, verbaliser.lexicon(), end);
  if (unit == nullptr || reader.SkipBlank(begin) > begin) return {};
  const std::string_view written = reader.Slice(begin, end);
  const bool is_sign = written.ends_with("²") || written.ends_with("³");
  const bool has_per = reader.StartsWith(end, "/");
  const bool has_number = has_slash && IsDigit(reader.Before(at));
  const LanguageTables& tables = verbaliser.tables();
  // "6 pence per lb."
  const bool is_behind_per = !has_slash && written.size() > 1 && !has_per &&
                             reader.WordBefore(at) == tables.per && LowerCase(written) == written &&
                             tables.names_months_first;
  if (is_behind_per) {
    const bool goes_on = reader.StartsWith(end, ".") && !EndsSentence(reader, end + 1, verbaliser);
    return Expansion{goes_on ? end + 1 : end, std::string(unit->noun.one)};
  }
  if (!is_sign && !has_number && !(has_per && written.size() > 1 && !has_slash)) return {};
  if (has_slash) return Expansion{end, JoinWords({tables.per, unit->noun.one})};
  const std::string before = LowerCase(reader.WordBefore(at));
  const bool is_one = before == tables.per || Contains(tables.cues.determiners, before);
  Expansion expansion{end, std::string(is_one ? unit->noun.one : unit->noun.many)};
  if (has_per) {
    const size_t unread = expansion.end;
    size_t per_end = unread;
    if (UnitAt(reader, unread + 1, verbaliser.lexicon(), per_end) == nullptr) {
      return is_sign ? std::optional(expansion) : std::nullopt;
    }
    ReadPer(reader, verbaliser, expansion);
  }
  return expansion;
}

namespace {

/// Behind ′, ' or ’ (feet) or ″, " or ” (inches), or `at`.
size_t SkipMark(const Reader& reader, size_t at, bool inches) {
  const CodePoint c = DecodeAt(reader.text(), at);
  const bool is_mark = inches ? c.value == U'″' || c.value == '"' || c.value == U'”'
                              : c.value == U'′' || c.value == '\'' || c.value == U'’';
  if (is_mark) return at + c.bytes;
  if (inches && (reader.StartsWith(at, "''") || reader.StartsWith(at, "’’"))) {
    return at + 2 * c.bytes;
  }
  return at;
}

constexpr int kMaxSides = 4;

/// Behind " x " at `at` where a number follows, or `at`.
size_t SkipCross(const Reader& reader, size_t at) {
  const size_t cross = reader.SkipBlank(at);
  const CodePoint c = DecodeAt(reader.text(), cross);
  if (c.value != 'x' && c.value != 'X' && c.value != U'×') return at;
  const size_t number_at = reader.SkipBlank(cross + c.bytes);
  return reader.DigitAt(number_at) ? number_at : at;
}

/// `4" x 6"`, "2' x 4'": every number has its mark.
std::optional<Expansion> MarkedDimensions(const Reader& reader, size_t at,
                                          const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (tables.inch.many.empty()) return {};
  for (const bool inches : {true, false}) {
    const Noun& noun = inches ? tables.inch : tables.foot;
    Expansion expansion;
    size_t begin = at;
    for (int sides = 0; sides < kMaxSides; ++sides) {
      const auto number = ParseNumber(reader, begin, tables.numbers);
      const size_t end = number ? SkipMark(reader, number->end, inches) : begin;
      if (!number || end == number->end) break;
      expansion.words =
          JoinWords({expansion.words, begin > at ? tables.dimension : std::string_view(),
                     verbaliser.Say(number->first, noun.gender)});
      expansion.end = end;
      const size_t next = SkipCross(reader, end);
      if (next == end) {
        if (begin == at) break;
        expansion.words = JoinWords({expansion.words, noun.many});
        return expansion;
      }
      begin = next;
    }
  }
  return {};
}

}  // namespace

std::optional<Expansion> Dimensions(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const auto first = ParseNumber(reader, at, tables.numbers);
  if (!first || first->first.integer == "0") return {};  // "0x1F"
  std::string words = verbaliser.Say(first->first, Gender::kNone);
  size_t end = first->end;
  int sides = 1;
  for (; sides < kMaxSides; ++sides) {
    const size_t cross = reader.SkipBlank(end);
    const CodePoint c = DecodeAt(reader.text(), cross);
    if (c.value != 'x' && c.value != 'X' && c.value != U'×') break;
    const size_t behind = cross + c.bytes;
    const size_t number_at = reader.SkipBlank(behind);
    // "3 x2" is not a size, "3x2" and "3 x 2" are.
    if ((cross > end) != (number_at > behind) || !reader.DigitAt(number_at)) break;
    const auto next = ParseNumber(reader, number_at, tables.numbers);
    if (!next) break;
    // "3 × 10⁸": a product, whose power another rule says.
    const char32_t mark = reader.At(next->end);
    const bool is_power = mark == '^' || mark == U'²' || mark == U'³' || mark == U'⁻' ||
                          (mark >= U'⁰' && mark <= U'⁹');
    if (is_power) {
      return Expansion{number_at, JoinWords({words, tables.times_sign})};
    }
    words = JoinWords({words, tables.dimension, verbaliser.Say(next->first, Gender::kNone)});
    end = next->end;
  }
  if (sides == 1) {
    if (!reader.StartsWithWord(end, "x")) return {};
    const size_t behind = end + 1;
    const size_t next_at = reader.SkipBlank(behind);
    const char32_t next = reader.At(next_at);
    const bool is_equation = next == '+' || next == '=' || next == '*' || next == '^' ||
                             next == '<' || next == '>' || next == U'²' || next == U'³' ||
                             next == U'−' || (next == '-' && next_at > behind) ||
                             (IsInFormula(reader, at) && !IsLetter(next));
    return Expansion{behind, JoinWords({words, is_equation ? tables.equation_x : tables.times})};
  }
  size_t unit_end = end;
  if (const UnitForm* unit = UnitAt(reader, end, verbaliser.lexicon(), unit_end)) {
    if (IsUnitHere(reader, at, end, unit_end, verbaliser)) {
      return Expansion{unit_end, JoinWords({words, unit->noun.many})};
    }
  }
  return Expansion{end, words};
}

namespace {

/// True when a quotation that opened on this line is not yet closed: the mark closes it.
bool IsInQuotation(const Reader& reader, size_t at) {
  constexpr size_t kReach = 200;
  for (size_t i = at; i > 0 && at - i < kReach;) {
    const CodePoint c = DecodeBefore(reader.text(), i);
    i -= c.bytes;
    if (c.value == '\n') return false;
    if (c.value == U'“') return true;
    if (c.value != '"') continue;
    const char32_t before = reader.Before(i);
    return before == 0 || IsSpace(before) || before == '(';
  }
  return false;
}

}  // namespace

std::optional<Expansion> FeetAndInches(const Reader& reader, size_t at,
                                       const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (!IsNumberStart(reader, at) || tables.inch.one.empty()) return {};
  if (auto size = MarkedDimensions(reader, at, verbaliser)) return size;
  const auto number = ParseNumber(reader, at, tables.numbers);
  if (!number) return {};
  const size_t feet_end = SkipMark(reader, number->end, false);
  if (feet_end > number->end && !reader.StartsWith(number->end, "''") &&
      !reader.StartsWith(number->end, "’’")) {
    const size_t inches_at = reader.SkipBlank(feet_end);
    const size_t inches_end = reader.DigitsEnd(inches_at);
    const size_t end = SkipMark(reader, inches_end, true);
    const bool is_prime = reader.StartsWith(number->end, "′");
    if (inches_end > inches_at && inches_end - inches_at <= 2 && (end > inches_end || is_prime)) {
      const bool is_one = number->first.Value() == 1u;
      return Expansion{
          end, JoinWords({verbaliser.Say(number->first, tables.foot.gender),
                          is_one || tables.feet_and.empty() ? tables.foot.one : tables.foot.many,
                          tables.feet_and,
                          verbaliser.DigitsOrValue(reader.Slice(inches_at, inches_end))})};
    }
    if (!is_prime) return {};
    return Expansion{feet_end, verbaliser.Counted(*number, tables.foot)};
  }
  const size_t end = SkipMark(reader, number->end, true);
  if (end == number->end || IsWordCharacter(reader.At(end))) return {};
  if (!reader.StartsWith(number->end, "″") && IsInQuotation(reader, at)) return {};
  Noun inch = tables.inch;
  if (IsAttribute(reader, at, end, verbaliser)) inch.many = inch.one;
  // "24"-36"": the unit is said once, behind the second number.
  const size_t dash = SkipDash(reader, end);
  if (dash > end && reader.DigitAt(dash)) {
    const auto last = ParseNumber(reader, dash, tables.numbers);
    if (last && SkipMark(reader, last->end, true) > last->end) {
      Quantity range = *number;
      range.last = last->first;
      return Expansion{SkipMark(reader, last->end, true), verbaliser.Counted(range, inch)};
    }
  }
  return Expansion{end, verbaliser.Counted(*number, inch)};
}

}  // namespace kani::text
