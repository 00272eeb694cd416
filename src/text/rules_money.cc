// Amounts of money: signs and codes before or behind a number, magnitudes, hundredths.
#include "text/rules.h"

namespace kani::text {
namespace {

bool IsAllCapitals(std::string_view word) {
  return word.size() > 1 && IsUpper(DecodeAt(word, 0).value) &&
         IsUpper(DecodeBefore(word, word.size()).value);
}

/// Codes that are words too.
constexpr std::string_view kDoubtfulCodes[] = {"ALL", "TOP", "TRY", "CUP", "MOP", "MAD", "BAM",
                                               "PEN", "SOS", "RON", "GEL", "AMD", "COP", "LAK",
                                               "DOP", "ANG", "STD", "BAR", "DM",  "FR",  "MK",
                                               "BS",  "RM",  "KR",  "FT",  "LEI", "MGA", "RS"};

/// The currency written at `at`; nullptr where there is none. `end` is set.
const Currency* CurrencyAt(const Reader& reader, size_t at, const Verbaliser& verbaliser,
                           size_t& end) {
  using Entry = PrefixIndex<CurrencyForm>::Entry;
  const Entry* entry =
      verbaliser.lexicon().currencies().Find(reader.text(), at, [&](const Entry& each) {
        const size_t behind = at + each.written.size();
        if (!each.value.is_word)
          return !(each.value.is_lower && IsWordCharacter(reader.Before(at)));
        // "nio21": digits may be glued to a code.
        if (IsLetter(reader.At(behind)) || IsLetter(reader.Before(at))) return false;
        size_t unit_end = at;
        const bool is_unit =
            each.value.is_lower && UnitAt(reader, at, verbaliser.lexicon(), unit_end) != nullptr;
        if (is_unit && unit_end == behind) return false;  // "3 kgs"
        const std::string_view code = each.value.currency->written;
        if (!Contains(kDoubtfulCodes, code) || each.written.size() != code.size()) return true;
        return !each.value.is_lower && !IsAllCapitals(reader.WordAt(reader.SkipBlank(behind)));
      });
  if (entry == nullptr) return nullptr;
  end = at + entry->written.size();
  return entry->value.currency;
}

const Magnitude* MagnitudeAt(const Reader& reader, size_t at, const LanguageTables& tables,
                             size_t& end) {
  const size_t behind_blank = reader.SkipBlank(at);
  for (const Magnitude& magnitude : tables.magnitudes) {
    // "$1.5million" is written too, "$5mil" says something else.
    if (magnitude.is_word && behind_blank == at && magnitude.written.size() < 6) continue;
    const size_t begin = magnitude.is_word || magnitude.money_only ? behind_blank : at;
    if (!reader.StartsWithWord(begin, magnitude.written)) continue;
    if (begin > at && !magnitude.is_word &&
        reader.StartsWith(begin + magnitude.written.size(), ".")) {
      continue;  // "$5 B. Reed"
    }
    end = begin + magnitude.written.size();
    return &magnitude;
  }
  return nullptr;
}

/// "1,000" before a currency is a thousand also where the comma marks decimals, "1.299 €" where
/// the point does. Zeros behind the hundredths say nothing, a tenth is ten of them.
void TidyDecimals(Number& number, const LanguageTables& tables, std::string_view sign,
                  bool has_magnitude) {
  const bool groups_with_point =
      !sign.empty() && tables.euro_like.find(sign) != std::string_view::npos;
  const bool may_group = number.decimal_mark == ',' || groups_with_point;
  if (may_group && number.decimals.size() == 3 && number.integer != "0" &&
      number.integer.size() <= 3 && !number.grouped) {
    number.integer += number.decimals;
    number.decimals.clear();
    return;
  }
  if (has_magnitude) return;
  while (number.decimals.size() > 2 && number.decimals.back() == '0') number.decimals.pop_back();
  if (number.decimals.size() == 1) number.decimals += '0';
}

struct Amount {
  Quantity quantity;
  const Magnitude* magnitude = nullptr;
  const Currency* currency = nullptr;
  bool is_attribute = false;
};

std::string SayMoney(const Verbaliser& verbaliser, Amount amount) {
  const LanguageTables& tables = verbaliser.tables();
  const Currency& currency = *amount.currency;
  const bool has_magnitude = amount.magnitude != nullptr;
  Quantity& quantity = amount.quantity;
  TidyDecimals(quantity.first, tables, currency.written, has_magnitude);
  if (quantity.last) TidyDecimals(*quantity.last, tables, currency.written, has_magnitude);
  Noun major = currency.major;
  if (amount.is_attribute && tables.names_months_first) major.many = major.one;
  if (has_magnitude) return verbaliser.CountedMagnitude(quantity, *amount.magnitude, major);
  Number& number = quantity.first;
  const bool has_minor =
      !quantity.last && number.decimals.size() == 2 && !currency.minor.one.empty();
  if (!has_minor) return verbaliser.Counted(quantity, major);
  const int hundredths = (number.decimals[0] - '0') * 10 + (number.decimals[1] - '0');
  number.decimals.clear();
  if (number.integer.empty()) number.integer = "0";
  if (hundredths == 0) return verbaliser.Counted(quantity, major);
  return verbaliser.MajorAndMinor(number, hundredths, currency);
}

/// "12,90" and "5,5 million" in a language whose comma groups.
std::optional<Quantity> ParseCommaDecimals(const Reader& reader, size_t at) {
  const size_t integer_end = reader.DigitsEnd(at);
  if (integer_end == at || !reader.StartsWith(integer_end, ",")) return {};
  const size_t end = reader.DigitsEnd(integer_end + 1);
  const size_t digits = end - integer_end - 1;
  if (digits < 1 || digits > 2 || IsWordCharacter(reader.At(end)) || reader.Before(at) == ',') {
    return {};
  }
  if (reader.StartsWith(end, ",") && reader.DigitAt(end + 1)) return {};
  Quantity quantity;
  quantity.first.integer = reader.Slice(at, integer_end);
  quantity.first.decimals = reader.Slice(integer_end + 1, end);
  quantity.end = end;
  return quantity;
}

std::optional<Quantity> ParseAmount(const Reader& reader, size_t at, const LanguageTables& tables) {
  auto quantity = ParseQuantity(reader, at, tables.numbers);
  if (tables.numbers.group_mark == ',') {
    const size_t begin = quantity && quantity->first.negative ? SkipSign(reader, at) : at;
    auto foreign = ParseCommaDecimals(reader, begin);
    if (foreign && (!quantity || foreign->end > quantity->end)) {
      foreign->first.negative = begin > at;
      return foreign;
    }
  }
  return quantity;
}

/// "$20 MXN", "$2.000 pesos": what stands behind says more than the sign.
void ReadCurrencyBehind(const Reader& reader, const Verbaliser& verbaliser, Amount& amount,
                        Expansion& expansion, bool& names_itself) {
  const size_t at = reader.SkipBlank(expansion.end);
  const std::string_view word = reader.WordAt(at);
  if (word.empty() || at == expansion.end) return;
  const std::string lower = LowerCase(word);
  if (verbaliser.lexicon().IsCurrencyWord(lower)) {
    names_itself = true;
    return;
  }
  if (IsCapitalised(word) && word.size() == 3) {
    size_t end = at;
    if (const Currency* code = CurrencyAt(reader, at, verbaliser, end)) {
      if (code->written == word) {
        amount.currency = code;
        expansion.end = end;
      }
    }
  }
}

std::optional<Expansion> CurrencyFirst(const Reader& reader, size_t at,
                                       const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  size_t begin = SkipSign(reader, at);
  bool is_negative = begin > at;
  Amount amount;
  size_t number_at = begin;
  amount.currency = CurrencyAt(reader, begin, verbaliser, number_at);
  if (amount.currency == nullptr) return {};
  const bool is_glued = reader.SkipBlank(number_at) == number_at;
  number_at = reader.SkipBlank(number_at);
  const CodePoint sign = DecodeAt(reader.text(), number_at);
  if (sign.value == '-' || sign.value == U'−' || sign.value == U'–') {
    is_negative = true;
    number_at += sign.bytes;
  }
  const bool is_fraction = reader.StartsWith(number_at, ".") && reader.DigitAt(number_at + 1);
  if (!reader.DigitAt(number_at) && !is_fraction) return {};
  std::optional<Quantity> quantity;
  if (is_fraction) {
    const size_t end = reader.DigitsEnd(number_at + 1);
    quantity.emplace();
    quantity->first.integer = "0";
    quantity->first.decimals = reader.Slice(number_at + 1, end);
    quantity->end = end;
  } else {
    quantity = ParseAmount(reader, number_at, tables);
  }
  if (!quantity) return {};
  const std::string_view written = amount.currency->written;
  const bool is_word = IsLetter(DecodeBefore(written, written.size()).value);
  if (is_word) {
    const Number& number = quantity->first;
    const bool is_small = number.integer.size() < 3 && number.decimals.empty();
    if (Contains(kDoubtfulCodes, written) && is_small && written.size() > 2) return {};
    if (written.size() == 1 && (number.integer.size() < 2 || IsLetter(reader.At(quantity->end)))) {
      return {};  // "Q1", "L5a"
    }
    if (is_glued && IsLetter(reader.At(quantity->end))) return {};
  }
  quantity->first.negative = is_negative;
  Expansion expansion{quantity->end, {}};
  amount.quantity = *quantity;
  amount.magnitude = MagnitudeAt(reader, quantity->end, tables, expansion.end);
  bool names_itself = false;
  ReadCurrencyBehind(reader, verbaliser, amount, expansion, names_itself);
  if (names_itself) {
    TidyDecimals(amount.quantity.first, tables, amount.currency->written, true);
    const size_t noun_at = reader.SkipBlank(expansion.end);
    const Noun noun{"", "", amount.currency->major.gender};
    if (amount.magnitude != nullptr) {
      expansion.words = verbaliser.Say(amount.quantity, Gender::kMasculine) + " " +
                        std::string(amount.magnitude->many);
      return expansion;
    }
    expansion.words = JoinWords({verbaliser.Say(amount.quantity, noun.gender),
                                 verbaliser.LinkToNoun(amount.quantity, reader, noun_at)});
    return expansion;
  }
  amount.is_attribute = IsAttribute(reader, at, expansion.end, verbaliser);
  expansion.words = SayMoney(verbaliser, amount);
  ReadPer(reader, verbaliser, expansion);
  return expansion;
}

std::optional<Expansion> CurrencyLast(const Reader& reader, size_t at,
                                      const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  const std::optional<Quantity> quantity = ParseAmount(reader, at, tables);
  if (!quantity) return {};
  Amount amount;
  amount.quantity = *quantity;
  size_t end = quantity->end;
  amount.magnitude = MagnitudeAt(reader, quantity->end, tables, end);
  if (amount.magnitude != nullptr && amount.magnitude->money_only &&
      reader.SkipBlank(quantity->end) > quantity->end) {
    amount.magnitude = nullptr;
    end = quantity->end;
  }
  size_t currency_at = reader.SkipBlank(end);
  const bool is_glued = currency_at == end;
  if (amount.magnitude != nullptr && reader.StartsWithWord(currency_at, tables.day_link)) {
    currency_at = reader.SkipBlank(currency_at + tables.day_link.size());  // "2 billones de €"
  }
  size_t currency_end = currency_at;
  amount.currency = CurrencyAt(reader, currency_at, verbaliser, currency_end);
  if (amount.currency == nullptr) return {};
  end = currency_end;
  if (reader.DigitAt(end)) return {};  // "5 £10 notes"
  const std::string_view written = amount.currency->written;
  if (written.size() == 1 && IsLetter(static_cast<unsigned char>(written[0]))) return {};
  // "5 $ amount": a sign before the next amount; "12 B/" and the like are no amounts.
  if (!is_glued && reader.DigitAt(reader.SkipBlank(end)) && written == "$") return {};
  amount.is_attribute = IsAttribute(reader, at, end, verbaliser);
  // The period of "Rs." and "kr." belongs to the sentence where that ends.
  if (written.ends_with('.') && EndsSentence(reader, end, verbaliser)) --end;
  Expansion expansion{end, SayMoney(verbaliser, amount)};
  ReadPer(reader, verbaliser, expansion);
  return expansion;
}

/// "2s. 6d.", "6d. per lb.": shillings and pence, behind pounds or alone.
std::optional<Expansion> OldMoney(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const LanguageTables& tables = verbaliser.tables();
  if (tables.shilling.one.empty()) return {};
  constexpr size_t kMaxDigits = 2;
  const auto read = [&](size_t begin, std::string_view mark, const Noun& noun, size_t& end) {
    const size_t digits_end = reader.DigitsEnd(begin);
    if (digits_end == begin || digits_end - begin > kMaxDigits) return std::string();
    const size_t mark_at = reader.SkipBlank(digits_end);
    if (!reader.StartsWithWord(mark_at, mark)) return std::string();
    end = mark_at + mark.size();
    Quantity quantity;
    quantity.first.integer = reader.Slice(begin, digits_end);
    return verbaliser.Counted(quantity, noun);
  };
  const auto skip_period = [&](size_t end) {
    const bool goes_on = reader.StartsWith(end, ".") && !EndsSentence(reader, end + 1, verbaliser);
    return goes_on ? end + 1 : end;
  };
  size_t end = at;
  const std::string shillings = read(at, "s", tables.shilling, end);
  if (!shillings.empty()) {
    const size_t pence_at = reader.SkipBlank(reader.StartsWith(end, ".") ? end + 1 : end);
    size_t pence_end = pence_at;
    const std::string pence = read(pence_at, "d", tables.penny, pence_end);
    if (pence.empty()) return {};
    return Expansion{skip_period(pence_end), shillings + " and " + pence};
  }
  const std::string pence = read(at, "d", tables.penny, end);
  const bool has_period = reader.StartsWith(end, ".") || reader.StartsWith(end, ",");
  const std::string before = LowerCase(reader.WordBefore(at));
  if (pence.empty() || !has_period || Contains(tables.cues.determiners, before) ||
      verbaliser.lexicon().Month(before) > 0 || reader.SkipBlank(reader.DigitsEnd(at)) + 1 != end) {
    return {};
  }
  return Expansion{skip_period(end), pence};
}

}  // namespace

std::optional<Expansion> Money(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  if (!IsNumberStart(reader, at)) return {};
  // "EUR/USD 1.08": a rate, no amount.
  const bool is_rate =
      IsLetter(reader.At(at)) && reader.Before(at) == '/' && IsLetter(reader.Before(at - 1));
  if (is_rate) return {};
  if (auto expansion = CurrencyFirst(reader, at, verbaliser)) return expansion;
  if (IsLetter(reader.At(at))) return {};
  if (auto expansion = CurrencyLast(reader, at, verbaliser)) return expansion;
  if (auto expansion = OldMoney(reader, at, verbaliser)) return expansion;
  // "1,5 million": decimals of a foreign mark before a magnitude.
  const LanguageTables& tables = verbaliser.tables();
  if (tables.numbers.group_mark != ',' || !reader.DigitAt(at)) return {};
  const auto quantity = ParseCommaDecimals(reader, at);
  if (!quantity || quantity->first.decimals.size() != 1) return {};
  size_t end = quantity->end;
  const Magnitude* magnitude = MagnitudeAt(reader, quantity->end, tables, end);
  if (magnitude == nullptr || !magnitude->is_word) return {};
  return Expansion{end, JoinWords({verbaliser.Say(*quantity, Gender::kNone), magnitude->many})};
}

}  // namespace kani::text
