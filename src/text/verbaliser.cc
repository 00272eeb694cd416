#include "text/verbaliser.h"

#include "text/unicode.h"

namespace kani::text {

std::string JoinWords(std::initializer_list<std::string_view> words) {
  std::string out;
  for (const std::string_view word : words) {
    if (word.empty()) continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

bool IsSingular(const Quantity& quantity) {
  if (quantity.last) return false;
  const Number& number = quantity.first;
  if (number.denominator > 0) return number.integer.empty();
  return number.Value() == 1u;
}

std::string Verbaliser::Digits(std::string_view digits) const {
  std::string out;
  for (const char digit : digits) {
    if (!out.empty()) out += ' ';
    out += tables().digits[static_cast<size_t>(digit - '0')];
  }
  return out;
}

std::string Verbaliser::DigitsOrValue(std::string_view digits) const {
  const auto value = DigitsValue(digits);
  return value ? Cardinal(*value, Gender::kNone) : Digits(digits);
}

std::string Verbaliser::Say(const Number& number, Gender gender) const {
  std::string integer;
  if (!number.integer.empty()) {
    const auto value = DigitsValue(number.integer);
    integer = value ? Cardinal(*value, number.decimals.empty() ? gender : Gender::kNone)
                    : Digits(number.integer);
  }
  std::string rest;
  if (!number.decimals.empty()) {
    rest = JoinWords(
        {number.decimal_mark == '.' ? tables().point : tables().comma, Decimals(number.decimals)});
  } else if (number.denominator > 0) {
    rest = Fraction(number.numerator, number.denominator, !integer.empty(), gender);
  }
  return JoinWords({number.negative ? tables().minus : std::string_view(), integer, rest});
}

std::string Verbaliser::Say(const Quantity& quantity, Gender gender) const {
  if (!quantity.last) return Say(quantity.first, gender);
  return JoinWords({Say(quantity.first, gender), tables().range, Say(*quantity.last, gender)});
}

const Verbaliser* FindVerbaliser(std::string_view language) {
  const std::string tag = LowerCase(language);
  const std::string_view base = std::string_view(tag).substr(0, tag.find_first_of("_-"));
  if (base == "es") return &Spanish();
  if (base != "en") return nullptr;
  // Where days come first in dates of digits; the rest of the English that is read is shared.
  for (const std::string_view region : {"gb", "uk", "au", "nz", "ie", "in", "za", "scotland"}) {
    if (tag.size() == base.size() + 1 + region.size() && tag.ends_with(region)) {
      return &BritishEnglish();
    }
  }
  return &English();
}

}  // namespace kani::text
