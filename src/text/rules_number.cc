// Numbers that stand for themselves: telephone and version numbers, ordinals, decades, digits in
// words, years, counts.
#include <vector>

#include "text/rules.h"

namespace kani::text {
namespace {

constexpr size_t kMaxPhoneDigits = 15;
constexpr size_t kMinInternationalDigits = 7;
constexpr size_t kMaxGroups = 8;

struct Groups {
  std::vector<std::string_view> digits;
  size_t total = 0;
  size_t end = 0;
  bool has_dots = false;
  bool has_blanks = false;
};

bool IsSeparator(const Reader& reader, size_t at) {
  return reader.StartsWith(at, "-") || reader.StartsWith(at, ".") || reader.SkipBlank(at) > at;
}

/// Groups of digits with single separators, all alike unless `mixed`; an area code may stand in
/// parentheses, with or without a separator behind it.
Groups ReadGroups(const Reader& reader, size_t at, bool mixed) {
  Groups groups;
  groups.end = at;
  char32_t separator = 0;
  bool in_parentheses = false;
  while (groups.digits.size() < kMaxGroups && groups.total <= kMaxPhoneDigits) {
    size_t begin = groups.end;
    if (!groups.digits.empty() && IsSeparator(reader, begin)) {
      const CodePoint c = DecodeAt(reader.text(), begin);
      const bool is_other = separator != 0 && separator != c.value;
      if (is_other && !mixed) break;
      begin += c.bytes;
      // The blank behind a parenthesis is not yet the separator of the rest.
      if (!in_parentheses) separator = c.value;
    } else if (!groups.digits.empty() && !in_parentheses) {
      break;
    }
    in_parentheses = reader.StartsWith(begin, "(");
    if (in_parentheses) ++begin;
    const size_t end = reader.DigitsEnd(begin);
    if (end == begin || (in_parentheses && !reader.StartsWith(end, ")"))) break;
    groups.digits.push_back(reader.Slice(begin, end));
    groups.total += end - begin;
    groups.end = in_parentheses ? end + 1 : end;
    groups.has_dots = separator == '.';
    groups.has_blanks = separator != 0 && separator != '.' && separator != '-';
  }
  return groups;
}

bool HasPhoneShape(const Groups& groups, const LanguageTables& tables) {
  std::string shape;
  for (const std::string_view digits : groups.digits) {
    if (digits.size() > 9) return false;
    shape += static_cast<char>('0' + digits.size());
  }
  if (!Contains(tables.phone_shapes, shape)) return false;
  if (groups.has_dots && tables.numbers.group_mark == '.') return false;
  // "555 1234" and "12 500 300" are more often counts than telephones.
  if (groups.has_blanks && shape == "34") return false;
  return !(shape == "333" && groups.digits[0][0] < '6');
}

std::string SayGroups(const Verbaliser& verbaliser, const Groups& groups) {
  std::string out;
  for (const std::string_view digits : groups.digits) {
    if (!out.empty()) out += ", ";
    out += verbaliser.Digits(digits);
  }
  return out;
}

/// "call 911", "Tel. 900123456", "teléfono: 112".
bool HasPhoneCue(const Reader& reader, size_t at, const LanguageTables& tables) {
  if (reader.Before(at) == ' ') --at;
  if (reader.Before(at) == '.' || reader.Before(at) == ':') --at;
  return Contains(tables.phone_cues, LowerCase(reader.WordBefore(at)));
}

bool GoesOn(const Reader& reader, size_t at) {
  const char32_t c = reader.At(at);
  if (IsWordCharacter(c) || c == '%' || c == '/' || c == ':') return true;
  return (c == '-' || c == '.' || c == ',') && reader.DigitAt(at + 1);
}

/// True when the words around it say that a four-digit number of the language is a year.
bool IsYear(const Reader& reader, size_t at, size_t end, const Number& number,
            const LanguageTables& tables) {
  constexpr uint64_t kFirstUndoubtedYear = 1900;
  if (!tables.years_in_pairs || !IsYearNumber(number)) return false;
  if (*number.Value() >= kFirstUndoubtedYear) return true;
  if (Contains(tables.year_cues, LowerCase(reader.WordBefore(at)))) return true;
  if (reader.Before(at) == '(' && reader.At(end) == ')') return true;
  const std::string_view next = reader.WordAt(reader.SkipBlank(end));
  return next == "AD" || next == "BC" || next == "CE" || next == "BCE";
}

}  // namespace

std::optional<Expansion> PhoneNumber(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  const bool is_international = reader.StartsWith(at, "+");
  const size_t begin = is_international ? at + 1 : at;
  const bool opens = reader.StartsWith(begin, "(") && reader.DigitAt(begin + 1);
  if (!(opens || reader.DigitAt(begin)) || !IsNumberStart(reader, at)) return {};
  const LanguageTables& tables = verbaliser.tables();
  const Groups groups = ReadGroups(reader, begin, is_international);
  if (groups.digits.empty() || groups.total > kMaxPhoneDigits || GoesOn(reader, groups.end)) {
    return {};
  }
  if (is_international) {
    if (groups.total < kMinInternationalDigits) return {};
    return Expansion{groups.end, JoinWords({tables.plus, SayGroups(verbaliser, groups)})};
  }
  const bool has_cue =
      groups.digits.size() == 1 && groups.total >= 3 && HasPhoneCue(reader, at, tables);
  if (!has_cue && !HasPhoneShape(groups, tables)) return {};
  return Expansion{groups.end, SayGroups(verbaliser, groups)};
}

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
  const auto value = number ? number->first.Value() : std::nullopt;
  if (!value || *value == 0) return {};
  size_t suffix_at = number->end;
  if (!tables.month_first && reader.StartsWith(suffix_at, ".")) ++suffix_at;
  for (const OrdinalSuffix& suffix : tables.ordinal_suffixes) {
    if (!reader.StartsWithWord(suffix_at, suffix.written)) continue;
    return Expansion{suffix_at + suffix.written.size(), verbaliser.Ordinal(*value, suffix.form)};
  }
  return {};
}

std::optional<Expansion> DecadeName(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const bool has_apostrophe = reader.StartsWith(at, "'") || reader.StartsWith(at, "’");
  const size_t begin = has_apostrophe ? at + DecodeAt(reader.text(), at).bytes : at;
  if (!IsNumberStart(reader, at)) return {};
  const size_t digits_end = reader.DigitsEnd(begin);
  const std::string_view digits = reader.Slice(begin, digits_end);
  if (digits.size() != 2 && digits.size() != 4) return {};
  size_t end = digits_end;
  if (reader.StartsWith(end, "'")) ++end;
  if (!reader.StartsWithWord(end, "s") || digits.back() != '0') return {};
  ++end;
  const auto value = DigitsValue(digits);
  if (!value) return {};
  const int tens = static_cast<int>(*value % 100);
  if (digits.size() == 4) {
    if (*value < 1100 || *value >= 2100) return {};
    return Expansion{end, verbaliser.Decade(static_cast<int>(*value / 100), tens)};
  }
  const bool has_cue =
      has_apostrophe ||
      Contains(verbaliser.tables().decade_cues, LowerCase(reader.WordBefore(at))) ||
      reader.Before(at) == '-';
  if (tens < 20 || !has_cue) return {};
  return Expansion{end, verbaliser.Decade(0, tens)};
}

std::optional<Expansion> DigitsInWord(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  if (!reader.DigitAt(at) || !IsLetter(reader.Before(at))) return {};
  const size_t end = reader.DigitsEnd(at);
  // "v2.5" is a decimal, "v1.2.3" a dotted number.
  if (reader.StartsWith(end, ".") && reader.DigitAt(end + 1)) {
    if (auto dotted = DottedNumber(reader, at, verbaliser)) return dotted;
    const auto number = ParseNumber(reader, at, verbaliser.tables().numbers);
    if (number && !number->first.decimals.empty()) {
      return Expansion{number->end, verbaliser.Say(number->first, Gender::kNone)};
    }
  }
  return Expansion{end, SayGluedDigits(verbaliser, reader.Slice(at, end))};
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
                                        : verbaliser.Say(last, Gender::kNone)})};
    }
  } else if (IsYear(reader, at, quantity->end, first, tables)) {
    return Expansion{quantity->end, verbaliser.Year(static_cast<int>(*first.Value()))};
  }
  Gender gender = Gender::kNone;
  const size_t next_at = reader.SkipBlank(quantity->end);
  const Number& counting = quantity->last ? *quantity->last : first;
  if (next_at > quantity->end && counting.decimals.empty()) {
    // Of a fraction only the form with its noun matters: "media hora", "una hora y media".
    const uint64_t value = counting.Value().value_or(counting.integer.empty() ? 1 : 2);
    gender = verbaliser.GenderOfCounted(reader.WordBefore(at), value, reader.WordAt(next_at));
  }
  return Expansion{quantity->end, verbaliser.Say(*quantity, gender)};
}

std::optional<Expansion> MarkBetweenNumbers(const Reader& reader, size_t at,
                                            const Verbaliser& verbaliser) {
  const auto is_sign = [](char32_t c) {
    return c == '%' || c == U'€' || c == '$' || c == U'£' || c == U'°';
  };
  const char32_t before = reader.Before(at);
  // "6'2": feet and inches.
  if (reader.StartsWith(at, "'") && IsDigit(before) && reader.DigitAt(at + 1)) {
    return Expansion{at + 1, {}};
  }
  const size_t end = SkipDash(reader, at);
  const char32_t next = reader.At(end);
  if (end == at) return {};
  const bool is_range =
      (is_sign(before) && (IsDigit(next) || is_sign(next))) || (IsDigit(before) && is_sign(next));
  if (is_range) return Expansion{end, std::string(verbaliser.tables().range)};
  // "COVID-19".
  if (reader.At(at) != '-' || !IsDigit(next) || !IsWordCharacter(before)) return {};
  return Expansion{end, {}};
}

}  // namespace kani::text
