// Amounts of money, measures with their units, and sizes like "4x4".
#include "text/rules.h"

namespace kani::text {
namespace {

/// The currency written at `at`; nullptr where there is none.
const Currency* CurrencyAt(const Reader& reader, size_t at, const LanguageTables& tables) {
  for (const Currency& currency : tables.currencies) {
    if (!reader.StartsWith(at, currency.written)) continue;
    const bool is_code = IsLetter(DecodeBefore(currency.written, currency.written.size()).value);
    if (is_code && !reader.WordBorder(at + currency.written.size())) continue;
    return &currency;
  }
  return nullptr;
}

const Magnitude* MagnitudeAt(const Reader& reader, size_t at, const LanguageTables& tables,
                             size_t& end) {
  const size_t behind_blank = reader.SkipBlank(at);
  for (const Magnitude& magnitude : tables.magnitudes) {
    if (magnitude.is_word && behind_blank == at) continue;
    const size_t begin = magnitude.is_word ? behind_blank : at;
    if (!reader.StartsWithWord(begin, magnitude.written)) continue;
    end = begin + magnitude.written.size();
    return &magnitude;
  }
  return nullptr;
}

/// "1,000" before a currency is a thousand also where the comma marks decimals.
void JoinThreeDecimals(Number& number) {
  if (number.decimal_mark != ',' || number.decimals.size() != 3 || number.integer == "0") return;
  number.integer += number.decimals;
  number.decimals.clear();
}

std::string SayMoney(const Verbaliser& verbaliser, Quantity quantity, const Magnitude* magnitude,
                     const Currency& currency) {
  JoinThreeDecimals(quantity.first);
  if (quantity.last) JoinThreeDecimals(*quantity.last);
  if (magnitude != nullptr) {
    return verbaliser.CountedMagnitude(quantity, *magnitude, currency.major);
  }
  Number& number = quantity.first;
  const bool has_minor =
      !quantity.last && number.decimals.size() == 2 && !currency.minor.one.empty();
  if (!has_minor) return verbaliser.Counted(quantity, currency.major);
  const int hundredths = (number.decimals[0] - '0') * 10 + (number.decimals[1] - '0');
  number.decimals.clear();
  if (number.integer.empty()) number.integer = "0";
  if (hundredths == 0) return verbaliser.Counted(quantity, currency.major);
  return verbaliser.MajorAndMinor(number, hundredths, currency);
}

/// "per" and the noun behind the slash of "$5/month", "3 mg/l"; nothing where none follows.
void ReadPer(const Reader& reader, const Verbaliser& verbaliser, Expansion& expansion) {
  if (!reader.StartsWith(expansion.end, "/")) return;
  const size_t at = expansion.end + 1;
  const LanguageTables& tables = verbaliser.tables();
  size_t end = at;
  const Unit* unit = UnitAt(reader, at, tables, end);
  std::string_view noun = unit != nullptr ? unit->noun.one : reader.WordAt(at);
  if (IsSpace(reader.At(at)) || noun.size() < 3 || IsUpper(DecodeAt(noun, 0).value)) return;
  expansion.end = unit != nullptr ? end : at + noun.size();
  expansion.words = JoinWords({expansion.words, tables.per, noun});
}

/// The period of "5 min. later" belongs to the unit, that of "5 min." to the sentence.
void SkipUnitPeriod(const Reader& reader, const Unit& unit, Expansion& expansion) {
  if (!reader.StartsWith(expansion.end, ".") || !IsLetter(DecodeAt(unit.written, 0).value)) return;
  const size_t word_at = reader.SkipBlank(expansion.end + 1);
  const std::string_view word = reader.WordAt(word_at);
  if (word_at > expansion.end + 1 && !word.empty() && !IsUpper(DecodeAt(word, 0).value)) {
    ++expansion.end;
  }
}

std::optional<Expansion> CurrencyFirst(const Reader& reader, size_t at,
                                       const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  const CodePoint sign = DecodeAt(reader.text(), at);
  const bool is_negative = (sign.value == '-' || sign.value == U'−') && IsNumberStart(reader, at);
  const size_t begin = is_negative ? at + sign.bytes : at;
  const Currency* currency = CurrencyAt(reader, begin, tables);
  if (currency == nullptr) return {};
  const size_t number_at = reader.SkipBlank(begin + currency->written.size());
  if (!reader.DigitAt(number_at)) return {};
  std::optional<Quantity> quantity = ParseQuantity(reader, number_at, tables.numbers);
  if (!quantity) return {};
  quantity->first.negative = is_negative;
  Expansion expansion{quantity->end, {}};
  const Magnitude* magnitude = MagnitudeAt(reader, quantity->end, tables, expansion.end);
  expansion.words = SayMoney(verbaliser, *quantity, magnitude, *currency);
  ReadPer(reader, verbaliser, expansion);
  return expansion;
}

std::optional<Expansion> CurrencyLast(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  const std::optional<Quantity> quantity = ParseQuantity(reader, at, tables.numbers);
  if (!quantity) return {};
  size_t end = quantity->end;
  const Magnitude* magnitude = MagnitudeAt(reader, quantity->end, tables, end);
  const size_t currency_at = reader.SkipBlank(end);
  const Currency* currency = CurrencyAt(reader, currency_at, tables);
  if (currency == nullptr) return {};
  end = currency_at + currency->written.size();
  if (reader.DigitAt(end)) return {};  // "5 £10 notes"
  Expansion expansion{end, SayMoney(verbaliser, *quantity, magnitude, *currency)};
  ReadPer(reader, verbaliser, expansion);
  return expansion;
}

}  // namespace

std::optional<Expansion> Money(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  if (auto expansion = CurrencyFirst(reader, at, verbaliser)) return expansion;
  return CurrencyLast(reader, at, verbaliser);
}

std::optional<Expansion> Measure(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  const std::optional<Quantity> quantity = ParseQuantity(reader, at, verbaliser.tables().numbers);
  if (!quantity) return {};
  Expansion expansion;
  const Unit* unit = UnitAt(reader, quantity->end, verbaliser.tables(), expansion.end);
  if (unit == nullptr) return {};
  expansion.words = verbaliser.Counted(*quantity, unit->noun);
  ReadPer(reader, verbaliser, expansion);
  SkipUnitPeriod(reader, *unit, expansion);
  return expansion;
}

std::optional<Expansion> Dimensions(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  constexpr int kMaxSides = 4;
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
    words = JoinWords({words, tables.dimension, verbaliser.Say(next->first, Gender::kNone)});
    end = next->end;
  }
  if (sides == 1) {
    if (!reader.StartsWithWord(end, "x")) return {};
    return Expansion{end + 1, JoinWords({words, tables.times})};
  }
  size_t unit_end = end;
  if (const Unit* unit = UnitAt(reader, end, tables, unit_end)) {
    return Expansion{unit_end, JoinWords({words, unit->noun.many})};
  }
  return Expansion{end, words};
}

}  // namespace kani::text
