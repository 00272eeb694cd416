// Numbers that stand for themselves: versions, ordinals, digits in words, plurals, years, counts.
#include "text/rules.h"

namespace kani::text {
namespace {

constexpr size_t kMaxGroups = 8;

/// "º" behind a number is an angle or a temperature where the text says so.
bool IsDegrees(const Reader& reader, size_t at, const Quantity& number, size_t end,
               const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (!number.first.decimals.empty() || number.first.negative) return true;
  const std::string before = LowerCase(reader.WordBefore(at));
  const std::string_view next_word = reader.WordAt(reader.SkipBlank(end));
  const std::string next = LowerCase(next_word);
  if (next_word == "C" || next_word == "F" || next_word == "N" || next_word == "S" ||
      next_word == "O" || next_word == "E" || next_word == "W") {
    return true;
  }
  if (Contains(tables.cues.degrees, next)) return true;
  const bool is_noun = !next.empty() && !Contains(tables.cues.code_links, next) &&
                       verbaliser.GenderOfCounted(reader, at, end, 1) != Gender::kNone;
  if (is_noun) return false;
  const size_t dash = SkipDash(reader, end);
  if (dash > end && reader.DigitAt(dash)) return true;
  if (Contains(tables.cues.degrees, before)) return true;
  constexpr uint64_t kLargestCommonOrdinal = 20;
  return number.first.Value().value_or(0) > kLargestCommonOrdinal && !before.empty() &&
         !Contains(tables.cues.dates, before) && !Contains(tables.cues.determiners, before) &&
         (next.empty() || next == tables.day_link || Contains(tables.roman.links, next));
}

/// True for the dash of "beat Ohio 112-98": a word near before says that a match ended so.
bool JoinsScore(const Reader& reader, size_t dash_at, size_t dash_end,
                const Verbaliser& verbaliser) {
  constexpr size_t kMaxDigits = 3;
  constexpr int kReach = 8;
  const std::string_view first = reader.DigitsBefore(dash_at);
  const size_t last_end = reader.DigitsEnd(dash_end);
  if (first.empty() || reader.SkipBlankBack(dash_at) < dash_at || first.size() > kMaxDigits ||
      last_end == dash_end || last_end - dash_end > kMaxDigits || !reader.WordBorder(last_end) ||
      reader.StartsWith(last_end, "-")) {
    return false;
  }
  size_t at = reader.BeginOf(first);
  if (reader.SkipBlankBack(at) == at) return false;
  for (int words = 0; words < kReach; ++words) {
    const std::string_view word = reader.WordBefore(at);
    if (word.empty()) return false;
    if (Contains(verbaliser.tables().cues.scores, LowerCase(word))) return true;
    at = reader.BeginOf(word);
  }
  return false;
}

/// True for the dash of "May 1 - June 30": a day of one month before, another month behind.
bool JoinsDates(const Reader& reader, size_t dash_at, size_t dash_end,
                const Verbaliser& verbaliser) {
  size_t end = 0;
  bool is_doubtful = false;
  const size_t next_at = reader.SkipBlank(dash_end);
  size_t day_end = reader.SkipBlankBack(dash_at);
  if ((day_end < dash_at) != (next_at > dash_end)) return false;
  if (MonthAt(reader, next_at, verbaliser, end, is_doubtful) == 0) return false;
  const size_t last_day = reader.SkipBlank(end);
  if (last_day == end || !reader.DigitAt(last_day)) return false;
  const std::string_view suffix = reader.WordBefore(day_end);
  if (suffix.size() == 2 && IsDigit(reader.Before(day_end - 2))) day_end -= 2;
  const std::string_view day = reader.DigitsBefore(day_end);
  if (day.empty() || day.size() > 2) return false;
  const std::string_view month = reader.WordBefore(reader.BeginOf(day));
  return verbaliser.lexicon().Month(LowerCase(month)) > 0;
}

/// "page 3/10" is the third of them, "an 80/20 rule" two shares of a hundred; "" for a fraction.
std::string SayPair(const Reader& reader, size_t at, const Number& number,
                    const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (number.denominator == 0 || !number.integer.empty() || number.negative) return {};
  const auto say = [&](int value) {
    return verbaliser.Cardinal(static_cast<uint64_t>(value), Gender::kNone);
  };
  // "10/10" is a mark.
  if (number.numerator == number.denominator) {
    return JoinWords({say(number.numerator), tables.rating, say(number.denominator)});
  }
  const bool is_part = Contains(tables.cues.parts, CueBefore(reader, at));
  const bool are_shares = number.numerator + number.denominator == 100 &&
                          number.numerator % 5 == 0 && number.numerator > 5;
  if (!is_part && !are_shares) return {};
  return JoinWords({say(number.numerator), is_part ? tables.out_of : std::string_view(),
                    say(number.denominator)});
}

/// Behind "2023/24" at `at`, or 0. `end` is behind the year.
size_t SeasonEnd(const Reader& reader, size_t at, size_t end) {
  const std::string_view year = reader.Slice(at, end);
  const bool is_year = year.size() == 4 && (year.starts_with("19") || year.starts_with("20"));
  if (!is_year || !reader.StartsWith(end, "/") || reader.DigitsEnd(end + 1) != end + 3) return 0;
  const auto next = DigitsValue(year.substr(2));
  const auto last = DigitsValue(reader.Slice(end + 1, end + 3));
  const bool follows = next && last && *next + 1 == *last;
  return follows && reader.WordBorder(end + 3) && !reader.StartsWith(end + 3, "/") ? end + 3 : 0;
}

/// "1Z999AA10123": letters and digits in turns, too many for a name. `at` is one of its digits.
bool IsLongCode(const Reader& reader, size_t at) {
  constexpr size_t kShortest = 9;
  constexpr size_t kReach = 40;
  const auto belongs = [&](size_t i) {
    const auto c = static_cast<unsigned char>(reader.text()[i]);
    return c < 0x80 && IsWordCharacter(c);
  };
  size_t begin = at;
  while (begin > 0 && at - begin < kReach && belongs(begin - 1)) --begin;
  size_t digits = 0;
  size_t changes = 0;
  size_t end = begin;
  for (; end < reader.size() && end - begin < kReach && belongs(end); ++end) {
    digits += reader.DigitAt(end);
    changes += end > begin && reader.DigitAt(end) != reader.DigitAt(end - 1);
  }
  return end - begin >= kShortest && digits > kShortest / 2 && changes > 1;
}

}  // namespace

std::optional<Expansion> DottedNumber(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || reader.Before(at) == '.') return {};
  const LanguageTables& tables = verbaliser.tables();
  const auto number = ParseNumber(reader, at, tables.numbers);
  if (!number || number->first.grouped) return {};
  std::string words;
  size_t end = at;
  size_t count = 0;
  for (size_t begin = at; count < kMaxGroups; begin = end + 1) {
    end = reader.DigitsEnd(begin);
    words = JoinWords({words, count > 0 ? tables.point : std::string_view(),
                       verbaliser.DigitsOrValue(reader.Slice(begin, end))});
    ++count;
    if (!reader.StartsWith(end, ".") || !reader.DigitAt(end + 1)) break;
  }
  if (count < 3) return {};
  return Expansion{end, words};
}

std::optional<Expansion> OrdinalNumber(const Reader& reader, size_t at,
                                       const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const auto number = ParseNumber(reader, at, tables.numbers);
  if (!number) return {};
  size_t suffix_at = number->end;
  const bool has_period = !tables.names_months_first && reader.StartsWith(suffix_at, ".");
  if (has_period) ++suffix_at;
  const auto value = number->first.Value();
  for (const OrdinalSuffix& suffix : tables.ordinal_suffixes) {
    if (!reader.StartsWithWord(suffix_at, suffix.written)) continue;
    const size_t end = suffix_at + suffix.written.size();
    const bool is_sign = suffix.written == "º" || suffix.written == "°";
    if (is_sign && !has_period && IsDegrees(reader, at, *number, end, verbaliser)) {
      size_t unit_end = number->end;
      const UnitForm* degree = UnitAt(Reader("°"), 0, verbaliser.lexicon(), unit_end);
      size_t scale_end = number->end;
      if (UnitAt(reader, number->end, verbaliser.lexicon(), scale_end) != nullptr &&
          scale_end > end) {
        return {};  // "20 ºC"
      }
      if (degree == nullptr) return {};
      return Expansion{end, verbaliser.Counted(*number, degree->noun)};
    }
    if (!value || (*value == 0 && !tables.names_months_first)) return {};
    const std::string_view next = reader.WordAt(reader.SkipBlank(end));
    // A bare letter is a suffix only before a noun or behind an article: "la 2a vuelta".
    const bool is_letter = suffix.written == "o" || suffix.written == "a" ||
                           suffix.written == "os" || suffix.written == "as";
    if (is_letter) {
      const std::string before = LowerCase(reader.WordBefore(at));
      const bool has_noun = next.size() > 2 && !IsCapitalised(next) && reader.SkipBlank(end) > end;
      if (!has_period && !has_noun && !Contains(tables.roman.certain, before)) continue;
    }
    return Expansion{end, verbaliser.Ordinal(*value, verbaliser.FormBefore(suffix.form, next))};
  }
  // "the 23d Regiment" of older print.
  const bool is_old =
      tables.names_months_first && value && *value > 20 && (*value % 10 == 2 || *value % 10 == 3) &&
      reader.StartsWithWord(suffix_at, "d") && !reader.StartsWith(suffix_at + 1, ".");
  if (is_old) return Expansion{suffix_at + 1, verbaliser.Ordinal(*value, OrdinalForm::kMasculine)};
  return {};
}

std::optional<Expansion> DigitsInWord(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at)) return {};
  const char32_t before = reader.Before(at);
  const bool is_behind_hyphen = before == '-' && IsLetter(reader.Before(at - 1));
  if (!IsLetter(before) && !is_behind_hyphen) return {};
  const size_t end = reader.DigitsEnd(at);
  const std::string_view digits = reader.Slice(at, end);
  if (is_behind_hyphen && digits.back() == '0') return {};  // "mid-1980s"
  // "B-17s", "A320s".
  if (reader.StartsWithWord(end, "s") && digits.size() <= 4) {
    return Expansion{end + 1, verbaliser.PluralDigits(digits)};
  }
  if (is_behind_hyphen) return {};
  // "v2.5" is a decimal, "v1.2.3" a dotted number.
  if (reader.StartsWith(end, ".") && reader.DigitAt(end + 1)) {
    if (auto dotted = DottedNumber(reader, at, verbaliser)) return dotted;
    const auto number = ParseNumber(reader, at, verbaliser.tables().numbers);
    if (number && !number->first.decimals.empty()) {
      return Expansion{number->end, verbaliser.Say(number->first, Gender::kNone)};
    }
  }
  if (IsLongCode(reader, at)) return Expansion{end, verbaliser.Digits(digits)};
  return Expansion{end, SayGluedDigits(verbaliser, digits)};
}

std::optional<Expansion> PluralNumber(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsNumberStart(reader, at) || reader.Before(at) == '.' ||
      reader.Before(at) == ',') {
    return {};
  }
  const size_t digits_end = reader.DigitsEnd(at);
  const std::string_view digits = reader.Slice(at, digits_end);
  if (digits.size() > 4) return {};
  if (reader.StartsWithWord(digits_end, "ers") && verbaliser.tables().years_in_pairs) {
    const std::string cardinal = verbaliser.DigitsOrValue(digits);
    return Expansion{digits_end + 3, cardinal + (cardinal.ends_with('e') ? "rs" : "ers")};
  }
  // "Apollo 11's" is a possessive and sounds alike.
  if (!reader.StartsWithWord(digits_end, "s")) return {};
  const std::string_view name = SpokenFor(verbaliser.tables().digit_plurals, digits);
  return Expansion{digits_end + 1,
                   name.empty() ? verbaliser.PluralDigits(digits) : std::string(name)};
}

std::optional<Expansion> PlainNumber(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  const auto quantity = ParseQuantity(reader, at, tables.numbers);
  if (!quantity) return {};
  const Number& first = quantity->first;
  if (quantity->last) {
    const bool are_years = tables.years_in_pairs && IsYearNumber(first) &&
                           (IsYearNumber(*quantity->last) || quantity->last->integer.size() == 2);
    if (are_years) {
      const Number& last = *quantity->last;
      return Expansion{
          quantity->end,
          JoinWords({verbaliser.Year(static_cast<int>(*first.Value())), tables.range,
                     IsYearNumber(last) ? verbaliser.Year(static_cast<int>(*last.Value()))
                                        : verbaliser.DigitsOrValue(last.integer)})};
    }
  } else if (const size_t season_end = SeasonEnd(reader, at, quantity->end)) {
    return Expansion{
        season_end,
        JoinWords({verbaliser.Year(static_cast<int>(*first.Value())),
                   verbaliser.DigitsOrValue(reader.Slice(quantity->end + 1, season_end))})};
  } else if (IsYear(reader, at, quantity->end, first, verbaliser)) {
    return Expansion{quantity->end, verbaliser.Year(static_cast<int>(*first.Value()))};
  }
  // "4.5/5"
  const size_t rated_end = reader.DigitsEnd(quantity->end + 1);
  const std::string_view best = reader.StartsWith(quantity->end, "/")
                                    ? reader.Slice(quantity->end + 1, rated_end)
                                    : std::string_view();
  if (!quantity->last && first.decimals.size() == 1 && !first.negative &&
      (best == "5" || best == "10" || best == "100") && reader.WordBorder(rated_end)) {
    return Expansion{rated_end, JoinWords({verbaliser.Say(first, Gender::kNone), tables.rating,
                                           verbaliser.DigitsOrValue(best)})};
  }
  if (const std::string pair = SayPair(reader, at, first, verbaliser); !pair.empty()) {
    return Expansion{quantity->end, pair};
  }
  Gender gender = Gender::kNone;
  std::string_view link;
  const size_t next_at = reader.SkipBlank(quantity->end);
  const Number& counting = quantity->last ? *quantity->last : first;
  if (tables.nouns_agree && next_at > quantity->end && counting.decimals.empty()) {
    // Of a fraction only the form with its noun matters: "media hora", "una hora y media".
    const uint64_t value = counting.Value().value_or(counting.integer.empty() ? 1 : 2);
    gender = verbaliser.GenderOfCounted(reader, SkipSign(reader, at), quantity->end, value);
    if (gender != Gender::kNone) link = verbaliser.LinkToNoun(*quantity, reader, next_at);
  }
  // "a las 21": hours need no noun. "La 1" may be a name.
  const std::string article = tables.nouns_agree ? LowerCase(reader.WordBefore(at)) : std::string();
  const bool is_hour = first.IsPlain() && first.integer.size() == 2 && article.ends_with('s') &&
                       Contains(tables.cues.clock, article);
  if (gender == Gender::kNone && is_hour) {
    gender = Gender::kFeminine;
  }
  return Expansion{quantity->end, JoinWords({verbaliser.Say(*quantity, gender), link})};
}

std::optional<Expansion> MarkBetweenNumbers(const Reader& reader, size_t at,
                                            const Verbaliser& verbaliser) {
  const auto is_sign = [](char32_t c) {
    return c == '%' || c == U'€' || c == '$' || c == U'£' || c == U'°' || c == U'º';
  };
  const char32_t before = reader.Before(at);
  // "6'2": feet and inches.
  if (reader.StartsWith(at, "'") && IsDigit(before) && reader.DigitAt(at + 1)) {
    return Expansion{at + 1, {}};
  }
  // "ISO 9001:2015"
  if (reader.StartsWith(at, ":") && IsDigit(before) && reader.DigitAt(at + 1)) {
    std::string_view number = reader.DigitsBefore(at);
    if (!number.empty() && reader.Before(reader.BeginOf(number)) == '-') {  // "EN 71-3:2019"
      number = reader.DigitsBefore(reader.BeginOf(number) - 1);
    }
    const bool is_standard =
        !number.empty() && Contains(verbaliser.tables().cues.standards,
                                    LowerCase(reader.WordBefore(reader.BeginOf(number))));
    if (is_standard) return Expansion{at + 1, {}};
  }
  const size_t end = SkipDash(reader, at);
  const char32_t next = reader.At(end);
  if (end == at) return {};
  if (JoinsScore(reader, at, end, verbaliser) || JoinsDates(reader, at, end, verbaliser)) {
    return Expansion{end, std::string(verbaliser.tables().range)};
  }
  const bool is_range =
      (is_sign(before) && (IsDigit(next) || is_sign(next))) || (IsDigit(before) && is_sign(next));
  if (is_range) return Expansion{end, std::string(verbaliser.tables().range)};
  // "1960s-80s".
  const bool joins_decades = (before == 's' && IsDigit(reader.Before(at - 1)) && IsDigit(next));
  if (joins_decades) return Expansion{end, std::string(verbaliser.tables().range)};
  // "3rd-5th".
  const size_t suffix_at = at > 2 ? at - 2 : at;
  const bool joins_ordinals = IsLetter(before) && IsDigit(reader.Before(suffix_at)) &&
                              IsDigit(next) && IsLetter(reader.At(reader.DigitsEnd(end)));
  if (joins_ordinals && verbaliser.tables().names_months_first &&
      reader.WordAt(suffix_at).size() == 2) {
    return Expansion{end, std::string(verbaliser.tables().range)};
  }
  // "COVID-19".
  if (reader.At(at) != '-' || !IsDigit(next) || !IsWordCharacter(before)) return {};
  return Expansion{end, {}};
}

}  // namespace kani::text
