// English in words.
#include "text/english_tables.h"
#include "text/spell_out.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

std::string Plural(std::string word) {
  if (word.ends_with("y")) return word.substr(0, word.size() - 1) + "ies";
  if (word.ends_with("x")) return word + "es";
  return word + "s";
}

/// "three quarters" and not "one hundred twenty over eighty".
bool HasPartName(int numerator, int denominator) {
  const bool is_small = denominator <= 100 || denominator == 1000 || denominator == 1'000'000;
  return numerator > 0 && is_small && (numerator < denominator || denominator <= 4);
}

class EnglishVerbaliser final : public Verbaliser {
 public:
  explicit EnglishVerbaliser(const LanguageTables& tables) : tables_(tables), lexicon_(tables) {}
  const LanguageTables& tables() const override { return tables_; }
  const Lexicon& lexicon() const override { return lexicon_; }

  std::string Cardinal(uint64_t value, Gender) const override {
    return spell_out_.Words(value, "%spellout-cardinal");
  }

  std::string Ordinal(uint64_t value, OrdinalForm) const override {
    return spell_out_.Words(value, "%spellout-ordinal");
  }

  std::string Year(int year) const override {
    return spell_out_.Words(static_cast<uint64_t>(year), "%spellout-numbering-year");
  }

  std::string Decade(int century, int tens) const override {
    if (tens > 0) {
      const std::string decade = Plural(Cardinal(static_cast<uint64_t>(tens), Gender::kNone));
      return century == 0 ? decade
                          : Cardinal(static_cast<uint64_t>(century), Gender::kNone) + " " + decade;
    }
    return Plural(Year(century * 100));
  }

  std::string PluralDigits(std::string_view digits) const override {
    const auto value = DigitsValue(digits);
    if (!value) return Plural(Digits(digits));
    const bool has_pairs = digits.size() >= 3 && *value % 100 != 0;
    return Plural(has_pairs ? Pairs(static_cast<int>(*value)) : Cardinal(*value, Gender::kNone));
  }

  std::string Pairs(int value) const override {
    const int low = value % 100;
    if (low == 0 && value >= 1100 && value / 100 % 10 != 0) {
      return Cardinal(static_cast<uint64_t>(value / 100), Gender::kNone) + " hundred";
    }
    if (low == 0 || value < 100 || value / 100 % 10 == 0) {
      return Cardinal(static_cast<uint64_t>(value), Gender::kNone);
    }
    return JoinWords({Cardinal(static_cast<uint64_t>(value / 100), Gender::kNone),
                      low < 10 ? "oh" : "", Cardinal(static_cast<uint64_t>(low), Gender::kNone)});
  }

  std::string Power(int exponent) const override {
    if (exponent == 2) return "squared";
    if (exponent == 3) return "cubed";
    if (exponent < 0) {
      return "to the minus " + Cardinal(static_cast<uint64_t>(-exponent), Gender::kNone);
    }
    return "to the " + Ordinal(static_cast<uint64_t>(exponent), OrdinalForm::kMasculine);
  }

  std::string OnDate(const Date& date) const override {
    std::string words =
        JoinWords({tables().months[static_cast<size_t>(date.month - 1)],
                   date.day > 0 ? Ordinal(static_cast<uint64_t>(date.day), OrdinalForm::kMasculine)
                                : std::string()});
    if (date.year > 0) words += (date.day > 0 ? ", " : " ") + Year(date.year);
    return words;
  }

  std::string AtTime(const Time& time) const override {
    const std::string half = time.half == HalfDay::kMorning     ? "AM"
                             : time.half == HalfDay::kAfternoon ? "PM"
                                                                : "";
    const std::string hour = Cardinal(static_cast<uint64_t>(time.hour), Gender::kNone);
    std::string minute;
    if (time.minute >= 10) {
      minute = Cardinal(static_cast<uint64_t>(time.minute), Gender::kNone);
    } else if (time.minute > 0) {
      minute = "oh " + Cardinal(static_cast<uint64_t>(time.minute), Gender::kNone);
    } else if (half.empty() && time.second <= 0) {
      if (time.hour == 0 || time.hour == 24) return "midnight";
      minute = time.hour <= 12 ? "o'clock" : "hundred";
    }
    std::string second;
    if (time.second > 0) {
      second = Cardinal(static_cast<uint64_t>(time.second), Gender::kNone);
      second = "and " + second + (time.second == 1 ? " second" : " seconds");
    }
    return JoinWords({hour, minute, second, half});
  }

  std::string Fraction(int numerator, int denominator, bool behind_integer, Gender) const override {
    const std::string count = Cardinal(static_cast<uint64_t>(numerator), Gender::kNone);
    if (!HasPartName(numerator, denominator)) {
      return count + " over " + Cardinal(static_cast<uint64_t>(denominator), Gender::kNone);
    }
    std::string part = Ordinal(static_cast<uint64_t>(denominator), OrdinalForm::kMasculine);
    if (denominator == 2) part = numerator == 1 ? "half" : "halve";
    if (denominator == 4) part = "quarter";
    if (numerator > 1) part += "s";
    const bool has_article =
        behind_integer && numerator == 1 && (denominator == 2 || denominator == 4);
    return JoinWords({behind_integer ? "and" : "", has_article ? "a" : count, part});
  }

  std::string Decimals(std::string_view digits) const override { return Digits(digits); }

  std::string Counted(const Quantity& quantity, const Noun& noun) const override {
    const bool is_part =
        !quantity.last && quantity.first.denominator > 0 && quantity.first.integer.empty();
    const bool has_name =
        is_part && HasPartName(quantity.first.numerator, quantity.first.denominator);
    if (is_part && !has_name) return JoinWords({Say(quantity, Gender::kNone), noun.many});
    if (is_part && noun.one != noun.many) {
      const bool has_vowel =
          noun.one.starts_with("hour") ||
          std::string_view("aeio").find(noun.one.front()) != std::string_view::npos;
      return JoinWords({Say(quantity, Gender::kNone), "of", has_vowel ? "an" : "a", noun.one});
    }
    return JoinWords({Say(quantity, Gender::kNone), IsSingular(quantity) ? noun.one : noun.many});
  }

  std::string MajorAndMinor(const Number& major, int hundredths,
                            const Currency& currency) const override {
    const std::string cents =
        JoinWords({Cardinal(static_cast<uint64_t>(hundredths), Gender::kNone),
                   hundredths == 1 ? currency.minor.one : currency.minor.many});
    if (major.Value() == 0u) return JoinWords({major.negative ? tables().minus : "", cents});
    return Counted({major, {}, 0}, currency.major) + " and " + cents;
  }

  std::string CountedMagnitude(const Quantity& quantity, const Magnitude& magnitude,
                               const Noun& noun) const override {
    return JoinWords({Say(quantity, Gender::kNone), magnitude.many, noun.many});
  }

  std::string RulerNumber(int value, Gender) const override {
    return "the " + Ordinal(static_cast<uint64_t>(value), OrdinalForm::kMasculine);
  }

  std::string RomanBeforeNoun(int value, const Reader&, size_t) const override {
    return Ordinal(static_cast<uint64_t>(value), OrdinalForm::kMasculine);
  }

  Gender GenderOfCounted(const Reader&, size_t, size_t, uint64_t) const override {
    return Gender::kNone;
  }

  std::string_view LinkToNoun(const Quantity&, const Reader&, size_t) const override { return {}; }

  OrdinalForm FormBefore(OrdinalForm form, std::string_view) const override { return form; }

 private:
  const LanguageTables& tables_;
  Lexicon lexicon_;
  SpellOut spell_out_{"en"};
};

}  // namespace

const Verbaliser& English() {
  static const EnglishVerbaliser verbaliser(EnglishTables());
  return verbaliser;
}

const Verbaliser& BritishEnglish() {
  static const EnglishVerbaliser verbaliser(BritishEnglishTables());
  return verbaliser;
}

}  // namespace kani::text
