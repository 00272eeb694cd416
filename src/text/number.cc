#include "text/number.h"

#include <utility>

namespace kani::text {
namespace {

constexpr size_t kMaxValueDigits = 15;
constexpr size_t kMaxFractionDigits = 3;
// More groups than any number has are a list; the bound keeps a failed attempt cheap.
constexpr int kMaxGroups = 12;

std::pair<int, int> VulgarFraction(char32_t c) {
  struct Sign {
    char32_t sign;
    int numerator, denominator;
  };
  constexpr Sign kSigns[] = {{U'½', 1, 2}, {U'⅓', 1, 3}, {U'⅔', 2, 3}, {U'¼', 1, 4}, {U'¾', 3, 4},
                             {U'⅕', 1, 5}, {U'⅖', 2, 5}, {U'⅗', 3, 5}, {U'⅘', 4, 5}, {U'⅙', 1, 6},
                             {U'⅚', 5, 6}, {U'⅛', 1, 8}, {U'⅜', 3, 8}, {U'⅝', 5, 8}, {U'⅞', 7, 8}};
  for (const Sign& each : kSigns) {
    if (each.sign == c) return {each.numerator, each.denominator};
  }
  return {0, 0};
}

bool ThreeDigitsAt(const Reader& reader, size_t at) { return reader.DigitsEnd(at) == at + 3; }

/// A sign belongs to the number only where nothing stands before it that it could join or divide.
bool IsSignPlace(const Reader& reader, size_t at) {
  const char32_t before = reader.Before(at);
  return before == 0 || IsSpace(before) || before == '(' || before == '[' || before == '=' ||
         before == ':' || before == '/' || before == '"' || before == U'“' || before == U'¿' ||
         before == '~';
}

/// "–5 persons–": an en dash that another one closes.
bool IsClosedBehind(const Reader& reader, size_t at) {
  constexpr size_t kLongest = 96;
  for (size_t i = at; i < reader.size() && i - at < kLongest;) {
    const CodePoint c = DecodeAt(reader.text(), i);
    if (c.value == '\n') return false;
    i += c.bytes;
    if (c.value == U'–' && !reader.DigitAt(i) && IsWordCharacter(reader.Before(i - c.bytes))) {
      return true;
    }
  }
  return false;
}

/// Appends groups of three digits to `number` as long as `separator_end` finds a separator; returns
/// the byte behind the last one.
template <typename SeparatorEnd>
size_t AppendGroups(const Reader& reader, size_t at, SeparatorEnd separator_end, Number& number) {
  for (int groups = 0; groups < kMaxGroups; ++groups) {
    const size_t group = separator_end(at);
    if (group == at || !ThreeDigitsAt(reader, group)) break;
    number.integer += reader.Slice(group, group + 3);
    number.grouped = true;
    at = group + 3;
  }
  return at;
}

/// "1,50,000": lakhs. Returns the byte behind the last group, or `at`.
size_t ReadLakhs(const Reader& reader, size_t at, char mark, Number& number) {
  const std::string_view separator(&mark, 1);
  std::string integer = number.integer;
  size_t end = at;
  int pairs = 0;
  while (pairs < kMaxGroups && reader.StartsWith(end, separator) &&
         reader.DigitsEnd(end + 1) == end + 3) {
    integer += reader.Slice(end + 1, end + 3);
    end += 3;
    ++pairs;
  }
  const bool ends_in_three = reader.StartsWith(end, separator) && ThreeDigitsAt(reader, end + 1);
  if (pairs == 0 || number.integer.size() > 2 || !ends_in_three) return at;
  number.integer = integer + std::string(reader.Slice(end + 1, end + 4));
  number.grouped = true;
  return end + 4;
}

/// Reads "1,234,567" behind the first digits of `number`; returns the byte behind the last group.
size_t ReadGroups(const Reader& reader, size_t at, const NumberFormat& format, Number& number) {
  if (number.integer.size() > 3 || number.integer[0] == '0') return at;
  const std::string first = number.integer;
  const auto undo = [&] {
    number.integer = first;
    number.grouped = false;
    return at;
  };
  const std::string_view mark(&format.group_mark, 1);
  size_t end = AppendGroups(
      reader, at, [&](size_t i) { return reader.StartsWith(i, mark) ? i + 1 : i; }, number);
  if (number.grouped) {
    // "1,234,56" is a list, not a number with a strange tail.
    return reader.StartsWith(end, mark) && reader.DigitAt(end + 1) ? undo() : end;
  }
  if (format.group_mark == ',') {
    end = ReadLakhs(reader, at, ',', number);
    if (number.grouped) return end;
  }
  bool has_plain_space = false;
  end = AppendGroups(
      reader, at,
      [&](size_t i) {
        has_plain_space |= reader.StartsWith(i, " ");
        return reader.SkipBlank(i);
      },
      number);
  if (!number.grouped || !has_plain_space) return end;
  // "2 300" may be two numbers; four digits are written together anyway. A group of three zeros is
  // never a number of its own.
  const bool has_zeros = number.integer.ends_with("000");
  const bool is_number = has_zeros || (format.groups_by_space && number.integer.size() > 4);
  return is_number ? end : undo();
}

/// ",000" in a language whose comma marks decimals: a number above nine or of three zeros is a
/// group all the same, as it is printed in Latin America.
size_t ReadDoubtfulGroup(const Reader& reader, size_t at, const NumberFormat& format,
                         Number& number) {
  if (format.decimal_mark != ',' || number.grouped || number.integer.size() > 3 ||
      number.integer.empty() || number.integer[0] == '0') {
    return at;
  }
  if (!reader.StartsWith(at, ",") || !ThreeDigitsAt(reader, at + 1)) return at;
  const std::string_view group = reader.Slice(at + 1, at + 4);
  if (number.integer.size() < 2 && group != "000") return at;
  const size_t end = at + 4;
  if (reader.StartsWith(end, ",") && reader.DigitAt(end + 1)) return at;
  number.integer += group;
  number.grouped = number.doubtful_group = true;
  return end;
}

/// Reads ".75" behind the integer that starts at `begin`; a second mark ("1.2.3", "1,2,3") makes it
/// something else.
size_t ReadDecimals(const Reader& reader, size_t begin, size_t at, const NumberFormat& format,
                    Number& number) {
  if (at >= reader.size() || !reader.DigitAt(at + 1)) return at;
  const char mark = reader.text()[at];
  const size_t end = reader.DigitsEnd(at + 1);
  const bool ends_list = reader.Before(begin) == static_cast<unsigned char>(mark) && begin > 1 &&
                         reader.DigitAt(begin - 2);
  if (ends_list) return at;
  const bool foreign_mark = mark == '.' && mark == format.group_mark && !number.grouped;
  if (mark != format.decimal_mark && !foreign_mark) return at;
  if (end < reader.size() && reader.text()[end] == mark && reader.DigitAt(end + 1)) return at;
  number.decimals = reader.Slice(at + 1, end);
  number.decimal_mark = mark;
  return end;
}

struct SlashFraction {
  int numerator = 0;
  int denominator = 0;
  size_t end = 0;
};

/// Behind the zeros of "1000", "1.000.000" at `at`, whose value is set; `at` for other numbers.
size_t ReadRoundDenominator(const Reader& reader, size_t at, char group_mark, int& value) {
  constexpr int kLargest = 1'000'000;
  if (!reader.StartsWith(at, "1")) return at;
  size_t end = at + 1;
  int parts = 1;
  for (; parts < kLargest; parts *= 10) {
    const bool is_mark = end < reader.size() && reader.text()[end] == group_mark;
    if (is_mark && reader.StartsWith(end + 1, "000")) ++end;
    if (!reader.StartsWith(end, "0")) break;
    ++end;
  }
  if (parts < 1000 || reader.DigitAt(end)) return at;
  value = parts;
  return end;
}

std::optional<SlashFraction> ReadSlashFraction(const Reader& reader, size_t at, char group_mark) {
  const size_t slash = reader.DigitsEnd(at);
  if (slash == at || slash - at > kMaxFractionDigits) return {};
  // "1 / 24th": blanks only before an ordinal.
  const size_t slash_at = reader.SkipBlank(slash);
  const CodePoint mark = DecodeAt(reader.text(), slash_at);
  if (mark.value != '/' && mark.value != U'⁄') return {};
  const bool has_blanks = slash_at > slash;
  size_t below = slash_at + mark.bytes;
  if (has_blanks != (reader.SkipBlank(below) > below)) return {};
  below = reader.SkipBlank(below);
  size_t end = reader.DigitsEnd(below);
  int round = 0;
  const size_t round_end = ReadRoundDenominator(reader, below, group_mark, round);
  if (end == below || (end - below > kMaxFractionDigits && round == 0)) return {};
  if (round > 0) end = round_end;
  const size_t digits_end = end;
  for (const std::string_view suffix : {"rds", "ths", "nds", "rd", "th", "nd", "RD", "TH"}) {
    if (!reader.StartsWithWord(end, suffix)) continue;
    end += suffix.size();
    break;
  }
  if (has_blanks && end == digits_end) return {};
  const bool goes_on =
      reader.Before(at) == '/' || reader.StartsWith(end, "/") || IsLetter(reader.At(end)) ||
      ((reader.StartsWith(end, ".") || reader.StartsWith(end, ",")) && reader.DigitAt(end + 1));
  const auto numerator = DigitsValue(reader.Slice(at, slash));
  const auto denominator = round > 0 ? std::optional<uint64_t>(static_cast<uint64_t>(round))
                                     : DigitsValue(reader.Slice(below, digits_end));
  if (goes_on || !numerator || !denominator || *denominator < 2) return {};
  return SlashFraction{static_cast<int>(*numerator), static_cast<int>(*denominator), end};
}

/// Reads "½", " ½" or " 1/2" behind an integer.
size_t ReadFractionBehind(const Reader& reader, size_t at, char group_mark, Number& number) {
  const size_t behind_blank = reader.SkipBlank(at);
  const CodePoint c = DecodeAt(reader.text(), behind_blank);
  if (const auto [numerator, denominator] = VulgarFraction(c.value); denominator > 0) {
    number.numerator = numerator;
    number.denominator = denominator;
    return behind_blank + c.bytes;
  }
  // "2 1/2", and "2-1/2" of older print.
  const bool has_hyphen = reader.StartsWith(at, "-") && reader.DigitAt(at + 1);
  if (behind_blank == at && !has_hyphen) return at;
  const auto fraction = ReadSlashFraction(reader, has_hyphen ? at + 1 : behind_blank, group_mark);
  if (!fraction || fraction->numerator == 0 || fraction->numerator >= fraction->denominator) {
    return at;
  }
  number.numerator = fraction->numerator;
  number.denominator = fraction->denominator;
  return fraction->end;
}

}  // namespace

std::optional<uint64_t> DigitsValue(std::string_view digits) {
  if (digits.empty() || digits.size() > kMaxValueDigits) return {};
  if (digits.size() > 1 && digits[0] == '0') return {};
  uint64_t value = 0;
  for (const char digit : digits) value = value * 10 + static_cast<uint64_t>(digit - '0');
  return value;
}

std::optional<uint64_t> Number::Value() const {
  return IsWhole() ? DigitsValue(integer) : std::nullopt;
}

namespace {

/// Integer with its groups and decimals, without sign and fractions, at `begin`.
size_t ReadDigits(const Reader& reader, size_t begin, const NumberFormat& format, Number& number) {
  size_t end = reader.DigitsEnd(begin);
  number.integer = reader.Slice(begin, end);
  if (!number.integer.empty()) {
    end = ReadGroups(reader, end, format, number);
    end = ReadDoubtfulGroup(reader, end, format, number);
    if (number.doubtful_group) return end;
  }
  return ReadDecimals(reader, begin, end, format, number);
}

/// "1,234.56" in a text that writes "1.234,56", and the reverse: unmistakable, so it is read.
size_t ReadForeignDigits(const Reader& reader, size_t begin, const NumberFormat& format,
                         size_t own_end, Number& number) {
  const NumberFormat foreign = {format.decimal_mark, format.group_mark, false};
  Number other;
  const size_t end = ReadDigits(reader, begin, foreign, other);
  // Groups with points alone may be an address ("10.100.200.300").
  const bool is_clear = other.grouped && (!other.decimals.empty() || foreign.group_mark == ',');
  if (!is_clear || end <= own_end) return own_end;
  other.negative = number.negative;
  number = std::move(other);
  return end;
}

}  // namespace

size_t SkipSign(const Reader& reader, size_t at) {
  const CodePoint sign = DecodeAt(reader.text(), at);
  const bool is_dash = sign.value == U'–';
  if (sign.value != '-' && sign.value != U'−' && !is_dash) return at;
  if (!IsSignPlace(reader, at)) return at;
  const size_t end = at + sign.bytes;
  if (!is_dash) return end;
  // An en dash with a number before it joins the two; one with another behind sets off words.
  const bool joins = IsDigit(reader.Before(reader.SkipBlankBack(at)));
  return joins || !reader.DigitAt(end) || IsClosedBehind(reader, end) ? at : end;
}

std::optional<Quantity> ParseNumber(const Reader& reader, size_t at, const NumberFormat& format) {
  Quantity quantity;
  Number& number = quantity.first;
  const size_t begin = SkipSign(reader, at);
  number.negative = begin > at;
  at = begin;
  const CodePoint c = DecodeAt(reader.text(), at);
  if (const auto [numerator, denominator] = VulgarFraction(c.value); denominator > 0) {
    number.numerator = numerator;
    number.denominator = denominator;
    quantity.end = at + c.bytes;
    return quantity;
  }
  if (const auto fraction = ReadSlashFraction(reader, at, format.group_mark)) {
    number.numerator = fraction->numerator;
    number.denominator = fraction->denominator;
    quantity.end = fraction->end;
    return quantity;
  }
  size_t end = ReadDigits(reader, at, format, number);
  if (!number.integer.empty()) end = ReadForeignDigits(reader, at, format, end, number);
  if (number.integer.empty() && !IsSignPlace(reader, at) && !number.negative) return {};
  if (number.integer.empty() && number.decimals.empty()) return {};
  // "-286-": a pair of dashes.
  const size_t dash = SkipDash(reader, end);
  if (number.negative && dash > end && !IsWordCharacter(reader.At(dash))) return {};
  if (number.decimals.empty()) end = ReadFractionBehind(reader, end, format.group_mark, number);
  quantity.end = end;
  return quantity;
}

size_t SkipDash(const Reader& reader, size_t at) {
  const CodePoint c = DecodeAt(reader.text(), at);
  return c.value == '-' || (c.value >= U'\u2010' && c.value <= U'\u2014') ? at + c.bytes : at;
}

namespace {

/// Behind the dash between two numbers, with blanks on both sides or none; `at` where there is
/// none. `has_blanks` is set.
size_t SkipRangeDash(const Reader& reader, size_t at, bool& has_blanks) {
  size_t dash = SkipDash(reader, at);
  has_blanks = false;
  if (dash > at) return dash;
  const size_t begin = reader.SkipBlank(at);
  if (begin == at) return at;
  dash = SkipDash(reader, begin);
  const size_t end = reader.SkipBlank(dash);
  has_blanks = dash > begin && end > dash;
  return has_blanks ? end : at;
}

/// True when "first dash last" is not from one to the other: codes, sums.
bool IsNoRange(const Reader& reader, const Quantity& first, const Quantity& last, bool has_blanks) {
  // "1-2-3"; "10-12-year-olds" goes on with a word.
  const size_t dash_end = SkipDash(reader, last.end);
  const bool are_small = first.first.integer.size() <= 2 && last.first.integer.size() <= 2;
  if (dash_end != last.end && (!are_small || reader.WordAt(dash_end).size() < 3)) return true;
  if (reader.StartsWith(reader.SkipBlank(last.end), "=")) return true;
  const Number& low = first.first;
  const Number& high = last.first;
  const auto is_below = [](const Number& a, const Number& b) {
    return a.integer.size() != b.integer.size() ? a.integer.size() < b.integer.size()
                                                : a.integer < b.integer;
  };
  if (has_blanks) {
    const bool is_season =
        low.integer.size() == 4 && high.integer.size() == 2 && low.integer.substr(2) < high.integer;
    if (is_season && low.IsPlain() && high.IsPlain()) return false;
    return !low.IsWhole() || !high.IsWhole() || low.negative || low.denominator > 0 ||
           high.denominator > 0 || high.integer.size() > low.integer.size() + 1 ||
           (low.integer.size() > 2 && !is_below(low, high));
  }
  const bool is_code = high.IsPlain() && high.integer.size() > 1 && high.integer[0] == '0' &&
                       !(low.integer.size() == 4 && high.integer.size() == 2);
  const bool is_year_tail = low.integer.size() == 4 && high.integer.size() == 2;
  const bool is_smaller = low.IsPlain() && high.IsPlain() && low.integer.size() > 2 &&
                          is_below(high, low) && !is_year_tail;
  // "747-400" is the name of a thing, "1980-1970" goes backwards.
  return is_code || (is_smaller && low.integer.size() + high.integer.size() < 8);
}

}  // namespace

std::optional<Quantity> ParseQuantity(const Reader& reader, size_t at, const NumberFormat& format) {
  std::optional<Quantity> quantity = ParseNumber(reader, at, format);
  if (!quantity) return {};
  // The tails of "1-2-3" and "te-b-1-5" are no ranges either.
  const bool ends_chain = !quantity->first.negative && at > 1 && SkipDash(reader, at - 1) == at &&
                          IsWordCharacter(reader.Before(at - 1));
  if (ends_chain) return quantity;
  bool has_blanks = false;
  const size_t second = SkipRangeDash(reader, quantity->end, has_blanks);
  if (second == quantity->end || !IsDigit(reader.At(second))) return quantity;
  const std::optional<Quantity> last = ParseNumber(reader, second, format);
  if (!last || IsNoRange(reader, *quantity, *last, has_blanks)) return quantity;
  quantity->last = last->first;
  quantity->end = last->end;
  return quantity;
}

}  // namespace kani::text
