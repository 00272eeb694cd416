// Powers, minus signs between numbers, single Greek letters.
#include <array>

#include "text/rules.h"

namespace kani::text {
namespace {

constexpr size_t kMaxExponentDigits = 3;

/// Value of a superscript or subscript digit, -1 for another character.
int SuperscriptDigit(char32_t c) {
  if (c == U'¹') return 1;
  if (c == U'²') return 2;
  if (c == U'³') return 3;
  return c == U'⁰' || (c >= U'⁴' && c <= U'⁹') ? static_cast<int>(c - U'⁰') : -1;
}

int SubscriptDigit(char32_t c) { return c >= U'₀' && c <= U'₉' ? static_cast<int>(c - U'₀') : -1; }

struct WrittenExponent {
  int value = 0;
  size_t end = 0;
};

/// "⁻⁵", "^6", "^-2", "^{10}" at `at`.
std::optional<WrittenExponent> ReadExponent(const Reader& reader, size_t at) {
  WrittenExponent exponent;
  size_t i = at;
  bool is_negative = false;
  size_t digits = 0;
  if (reader.StartsWith(i, "^")) {
    ++i;
    const bool in_braces = reader.StartsWith(i, "{");
    if (in_braces) ++i;
    const CodePoint sign = DecodeAt(reader.text(), i);
    is_negative = sign.value == '-' || sign.value == U'−';
    if (is_negative) i += sign.bytes;
    for (; reader.DigitAt(i) && digits < kMaxExponentDigits; ++i, ++digits) {
      exponent.value = exponent.value * 10 + (reader.text()[i] - '0');
    }
    if (in_braces && !reader.StartsWith(i, "}")) return {};
    if (in_braces) ++i;
    if (digits > 0 && reader.StartsWith(i, "^")) ++i;  // "x^2^" of Markdown's dialects
  } else {
    const CodePoint sign = DecodeAt(reader.text(), i);
    is_negative = sign.value == U'⁻';
    if (is_negative) i += sign.bytes;
    for (; digits < kMaxExponentDigits; ++digits) {
      const CodePoint c = DecodeAt(reader.text(), i);
      const int digit = SuperscriptDigit(c.value);
      if (digit < 0) break;
      exponent.value = exponent.value * 10 + digit;
      i += c.bytes;
    }
  }
  if (digits == 0 || reader.DigitAt(i)) return {};
  if (is_negative) exponent.value = -exponent.value;
  exponent.end = i;
  return exponent;
}

/// "e-5" behind a mantissa.
std::optional<WrittenExponent> ReadScientific(const Reader& reader, size_t at) {
  if (!reader.StartsWith(at, "e") && !reader.StartsWith(at, "E")) return {};
  WrittenExponent exponent;
  size_t i = at + 1;
  const CodePoint sign = DecodeAt(reader.text(), i);
  const bool is_negative = sign.value == '-' || sign.value == U'−';
  if (is_negative || sign.value == '+') i += sign.bytes;
  const size_t begin = i;
  for (; reader.DigitAt(i) && i - begin <= kMaxExponentDigits; ++i) {
    exponent.value = exponent.value * 10 + (reader.text()[i] - '0');
  }
  if (i == begin || i - begin > kMaxExponentDigits || !reader.WordBorder(i)) return {};
  if (is_negative) exponent.value = -exponent.value;
  exponent.end = i;
  return exponent;
}

bool IsOperator(char32_t c) {
  return c == '+' || c == '=' || c == '*' || c == '^' || c == U'×' || c == U'÷' || c == U'·' ||
         c == U'√' || c == U'≈' || c == U'≤' || c == U'≥';
}

/// Belongs to a formula: digits, operators, blanks and letters that stand alone.
bool IsFormulaCharacter(char32_t c) {
  return IsDigit(c) || IsOperator(c) || c == ' ' || c == '-' || c == U'−' || c == U'–' ||
         c == '(' || c == ')' || c == '.' || c == '/';
}

}  // namespace

bool IsInFormula(const Reader& reader, size_t at) {
  constexpr size_t kReach = 40;
  const auto is_word = [&](size_t i, char32_t c) {
    const CodePoint next = DecodeAt(reader.text(), i + 1);
    return IsLetter(c) && (IsLetter(reader.Before(i)) || IsLetter(next.value));
  };
  for (size_t i = at; i < reader.size() && i - at < kReach;) {
    const CodePoint c = DecodeAt(reader.text(), i);
    if (IsOperator(c.value)) return true;
    if (!IsFormulaCharacter(c.value) && (!IsLetter(c.value) || is_word(i, c.value))) break;
    i += c.bytes;
  }
  for (size_t i = at; i > 0 && at - i < kReach;) {
    const CodePoint c = DecodeBefore(reader.text(), i);
    if (IsOperator(c.value)) return true;
    i -= c.bytes;
    if (!IsFormulaCharacter(c.value) && (!IsLetter(c.value) || is_word(i, c.value))) break;
  }
  return false;
}

std::optional<Expansion> PowerNumber(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  const auto number = ParseNumber(reader, at, verbaliser.tables().numbers);
  if (!number || number->first.denominator > 0) return {};
  const LanguageTables& tables = verbaliser.tables();
  std::string words = verbaliser.Say(number->first, Gender::kNone);
  size_t end = 0;
  if (const auto scientific = ReadScientific(reader, number->end)) {
    words = JoinWords({words, tables.times_sign, verbaliser.Cardinal(10, Gender::kNone),
                       verbaliser.Power(scientific->value)});
    end = scientific->end;
  } else if (const auto exponent = ReadExponent(reader, number->end)) {
    words = JoinWords({words, verbaliser.Power(exponent->value)});
    end = exponent->end;
  } else {
    return {};
  }
  Expansion expansion{end, words};
  size_t unit_end = end;
  if (reader.SkipBlank(end) > end) {
    if (const UnitForm* unit = UnitAt(reader, end, verbaliser.lexicon(), unit_end)) {
      if (unit->base.size() > 1 || reader.StartsWith(unit_end, "/")) {
        expansion = {unit_end, JoinWords({words, unit->noun.many})};
        ReadPer(reader, verbaliser, expansion);
      }
    }
  }
  return expansion;
}

std::optional<Expansion> Exponent(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const char32_t before = reader.Before(at);
  if (!IsWordCharacter(before) && before != ')') return {};
  if (const auto exponent = ReadExponent(reader, at)) {
    return Expansion{exponent->end, verbaliser.Power(exponent->value)};
  }
  std::string digits;
  size_t end = at;
  while (digits.size() < kMaxExponentDigits) {
    const CodePoint c = DecodeAt(reader.text(), end);
    const int digit = SubscriptDigit(c.value);
    if (digit < 0) break;
    digits += static_cast<char>('0' + digit);
    end += c.bytes;
  }
  if (digits.empty()) return {};
  return Expansion{end, verbaliser.DigitsOrValue(digits)};
}

std::optional<Expansion> MinusSign(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const CodePoint sign = DecodeAt(reader.text(), at);
  const bool is_minus = sign.value == U'−';
  if (!is_minus && sign.value != '-' && sign.value != U'–') return {};
  const size_t before = reader.SkipBlankBack(at);
  const size_t behind = at + sign.bytes;
  const size_t next = reader.SkipBlank(behind);
  const char32_t left = reader.Before(before);
  const char32_t right = reader.At(next);
  const Expansion minus{next, std::string(verbaliser.tables().minus)};
  if ((before < at) != (next > behind) && !(left != 0 && IsDigit(left) && next > behind)) {
    return {};
  }
  // "GMT-3", "n-1".
  const std::string_view word = reader.WordBefore(at);
  if (before == at && IsDigit(right)) {
    if (word == "GMT" || word == "UTC" || word == "gmt" || word == "utc") return minus;
    constexpr std::string_view kVariables = "nxyzkmt";
    const size_t digits_end = reader.DigitsEnd(next);
    const bool is_alone = word.size() == 1 && !IsWordCharacter(reader.Before(before - 1)) &&
                          reader.Before(before - 1) != '-' && reader.WordBorder(digits_end) &&
                          !reader.StartsWith(digits_end, "-");
    if (is_alone && kVariables.find(word[0]) != std::string_view::npos) return minus;
  }
  const bool has_operands =
      (IsWordCharacter(left) || left == ')') && (IsWordCharacter(right) || right == '(');
  if (!has_operands) return {};
  const bool has_numbers = IsDigit(left) || IsDigit(right);
  if (is_minus || (has_numbers && IsInFormula(reader, at))) return minus;
  return {};
}

std::optional<Expansion> GreekLetter(const Reader& reader, size_t at,
                                     const Verbaliser& verbaliser) {
  const CodePoint c = DecodeAt(reader.text(), at);
  if (c.value < 0x391 || c.value > 0x3C9 || c.value == U'\u03C2') return {};
  const std::string_view word = reader.WordAt(at);
  if (word.size() != c.bytes || IsLetter(reader.Before(at))) return {};
  const std::string_view name = SpokenFor(verbaliser.tables().letters, LowerCase(word));
  if (name.empty()) return {};
  return Expansion{at + c.bytes, std::string(name)};
}

}  // namespace kani::text
