// Spanish in words, with the gender and apocope that counting a noun asks for.
#include <cstdlib>

#include "text/spanish_nouns.h"
#include "text/spanish_tables.h"
#include "text/spell_out.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

/// "de" between a round million and what it counts: "un millón de euros".
bool NeedsDe(const Quantity& quantity) {
  const auto value = (quantity.last ? *quantity.last : quantity.first).Value();
  return value && *value > 0 && *value % 1'000'000 == 0;
}

bool IsPowerOfTen(int value) {
  while (value > 1 && value % 10 == 0) value /= 10;
  return value == 1;
}

class SpanishVerbaliser final : public Verbaliser {
 public:
  const LanguageTables& tables() const override { return SpanishTables(); }
  const Lexicon& lexicon() const override { return lexicon_; }

  std::string Cardinal(uint64_t value, Gender gender) const override {
    switch (gender) {
      case Gender::kMasculine:
        return spell_out_.Words(value, "%spellout-cardinal-masculine");
      case Gender::kFeminine:
        return FeminineCardinal(value);
      case Gender::kNone:
        break;
    }
    return spell_out_.Words(value, "%spellout-numbering");
  }

  std::string Ordinal(uint64_t value, OrdinalForm form) const override {
    switch (form) {
      case OrdinalForm::kFeminine:
        return OrdinalWords(value, "%spellout-ordinal-feminine");
      case OrdinalForm::kBeforeNoun:
        return OrdinalWords(value, "%spellout-ordinal-masculine-adjective");
      case OrdinalForm::kMasculinePlural:
        return OrdinalWords(value, "%spellout-ordinal-masculine") + "s";
      case OrdinalForm::kFemininePlural:
        return OrdinalWords(value, "%spellout-ordinal-feminine") + "s";
      case OrdinalForm::kMasculine:
        break;
    }
    return OrdinalWords(value, "%spellout-ordinal-masculine");
  }

  std::string Year(int year) const override { return Count(year); }

  std::string Decade(int century, int tens) const override { return Count(century * 100 + tens); }

  /// "los 747": a plural has no ending of its own in digits.
  std::string PluralDigits(std::string_view digits) const override { return DigitsOrValue(digits); }

  std::string Pairs(int value) const override { return Count(value); }

  std::string Power(int exponent) const override {
    if (exponent == 2) return "al cuadrado";
    if (exponent == 3) return "al cubo";
    return JoinWords({"elevado a", exponent < 0 ? "menos" : "", Count(std::abs(exponent))});
  }

  std::string OnDate(const Date& date) const override {
    // Both "uno" and "primero de enero" are right; the second is understood everywhere.
    const std::string day = date.day == 0 ? "" : date.day == 1 ? "primero" : Count(date.day);
    return JoinWords({day, day.empty() ? "" : "de",
                      tables().months[static_cast<size_t>(date.month - 1)],
                      date.year > 0 ? "de" : "", date.year > 0 ? Year(date.year) : ""});
  }

  std::string AtTime(const Time& time) const override {
    const std::string hour = Cardinal(static_cast<uint64_t>(time.hour), Gender::kFeminine);
    std::string second;
    if (time.second > 0) {
      second = JoinWords({"y", Cardinal(static_cast<uint64_t>(time.second), Gender::kMasculine),
                          time.second == 1 ? "segundo" : "segundos"});
    }
    return JoinWords({hour, Minutes(time), second, HalfOfDay(time)});
  }

  std::string Fraction(int numerator, int denominator, bool behind_integer,
                       Gender gender) const override {
    const std::string_view and_word = behind_integer ? "y" : "";
    if (numerator == 1 && denominator == 2) {
      if (gender == Gender::kFeminine) return JoinWords({and_word, "media"});
      const bool has_article = gender == Gender::kNone && !behind_integer;
      return JoinWords({and_word, has_article ? "un medio" : "medio"});
    }
    if (gender == Gender::kFeminine && !behind_integer && numerator > 1 && denominator > 2 &&
        denominator <= 10) {
      // "tres cuartas partes"
      const std::string name = Ordinal(static_cast<uint64_t>(denominator), OrdinalForm::kFeminine);
      return JoinWords(
          {and_word, Cardinal(static_cast<uint64_t>(numerator), Gender::kFeminine), name + "s"});
    }
    const std::string part = PartName(denominator);
    if (!HasPartName(numerator, denominator)) {
      return JoinWords({and_word, Count(numerator), "sobre", Count(denominator)});
    }
    return JoinWords({and_word, Cardinal(static_cast<uint64_t>(numerator), Gender::kMasculine),
                      numerator == 1 ? part : part + "s"});
  }

  std::string Decimals(std::string_view digits) const override {
    return digits.size() <= 2 ? DigitsOrValue(digits) : Digits(digits);
  }

  std::string Counted(const Quantity& quantity, const Noun& noun) const override {
    const Number& number = quantity.first;
    const bool is_rate = noun.one.find(" por ") != std::string_view::npos;
    if (!quantity.last && number.denominator > 0 && !number.integer.empty() && is_rate) {
      return JoinWords({Say(quantity, noun.gender), noun.many});
    }
    if (!quantity.last && number.denominator > 0 && !number.integer.empty()) {
      // "dos kilómetros y medio": the fraction stands behind the noun.
      Number whole = number;
      whole.denominator = 0;
      return JoinWords({Counted({whole, {}, 0}, noun),
                        Fraction(number.numerator, number.denominator, true, noun.gender)});
    }
    const bool is_part = !quantity.last && number.denominator > 0 && number.integer.empty();
    if (is_part && !HasPartName(number.numerator, number.denominator)) {
      return JoinWords({Say(quantity, Gender::kNone), noun.many});
    }
    const bool is_half = number.numerator == 1 && number.denominator == 2;
    const bool is_thing = noun.gender != Gender::kNone;
    const bool needs_de = is_thing && ((is_part && !is_half) || NeedsDe(quantity));
    const Gender gender = is_part && !is_half ? Gender::kNone : noun.gender;
    return JoinWords(
        {Say(quantity, gender), needs_de ? "de" : "", IsSingular(quantity) ? noun.one : noun.many});
  }

  std::string MajorAndMinor(const Number& major, int hundredths,
                            const Currency& currency) const override {
    const std::string cents =
        JoinWords({Cardinal(static_cast<uint64_t>(hundredths), currency.minor.gender),
                   hundredths == 1 ? currency.minor.one : currency.minor.many});
    if (major.Value() == 0u) return JoinWords({major.negative ? tables().minus : "", cents});
    return Counted({major, {}, 0}, currency.major) + " con " + cents;
  }

  std::string CountedMagnitude(const Quantity& quantity, const Magnitude& magnitude,
                               const Noun& noun) const override {
    const bool is_one = IsSingular(quantity);
    const bool is_thousand = magnitude.one == "mil";
    return JoinWords({is_one && is_thousand ? "" : Say(quantity, Gender::kMasculine),
                      is_one ? magnitude.one : magnitude.many, is_thousand ? "" : "de", noun.many});
  }

  std::string RulerNumber(int value, Gender gender) const override {
    if (value > 10) return Count(value);
    return Ordinal(static_cast<uint64_t>(value),
                   gender == Gender::kFeminine ? OrdinalForm::kFeminine : OrdinalForm::kMasculine);
  }

  std::string RomanBeforeNoun(int value, const Reader& reader, size_t noun_at) const override {
    if (value > 10) return Count(value);
    const std::string noun = LowerCase(reader.WordAt(noun_at));
    const bool is_feminine = GenderOfSpanishNoun(noun) == Gender::kFeminine;
    std::string words = Ordinal(static_cast<uint64_t>(value),
                                is_feminine ? OrdinalForm::kFeminine : OrdinalForm::kBeforeNoun);
    // The numeral is part of a name.
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
    return words;
  }

  Gender GenderOfCounted(const Reader& reader, size_t begin, size_t end,
                         uint64_t value) const override {
    const std::string_view next = reader.WordAt(reader.SkipBlank(end));
    // Of the parts only "partes" asks for a form: "tres cuartas partes", "dos tercios".
    const std::string_view written = reader.Slice(begin, end);
    const bool is_part =
        written.find('/') != std::string_view::npos && written.find(' ') == std::string_view::npos;
    if (is_part && next == "partes") return Gender::kFeminine;
    if (is_part && value != 1) return Gender::kNone;
    return GenderOfSpanishCount(reader, begin, end, value);
  }

  std::string_view LinkToNoun(const Quantity& quantity, const Reader& reader,
                              size_t noun_at) const override {
    const std::string_view noun = reader.WordAt(noun_at);
    return NeedsDe(quantity) && noun != "de" ? "de" : "";
  }

  OrdinalForm FormBefore(OrdinalForm form, std::string_view next) const override {
    const bool shortens = form == OrdinalForm::kMasculine && !IsUpper(DecodeAt(next, 0).value) &&
                          IsMasculineSingular(next);
    return shortens ? OrdinalForm::kBeforeNoun : form;
  }

 private:
  std::string Count(int value) const {
    return Cardinal(static_cast<uint64_t>(value), Gender::kNone);
  }

  /// CLDR's rules leave the thousands masculine, but they agree too: "doscientas mil personas".
  std::string FeminineCardinal(uint64_t value) const {
    constexpr const char* kFeminineRules = "%spellout-cardinal-feminine";
    const uint64_t thousands = value % 1'000'000 / 1000;
    if (thousands < 200) return spell_out_.Words(value, kFeminineRules);
    const uint64_t millions = value / 1'000'000 * 1'000'000;
    return JoinWords({millions > 0 ? Cardinal(millions, Gender::kMasculine) : "",
                      spell_out_.Words(thousands, kFeminineRules), "mil",
                      value % 1000 > 0 ? spell_out_.Words(value % 1000, kFeminineRules) : ""});
  }

  std::string Minutes(const Time& time) const {
    const bool is_clock_hour = time.hour >= 1 && time.hour <= 12;
    if (time.minute == 0) {
      if (time.half != HalfDay::kNone || time.second > 0) return "";
      return is_clock_hour && !time.names_hours ? "en punto" : time.hour == 1 ? "hora" : "horas";
    }
    if (!is_clock_hour) return (time.minute < 10 ? "cero " : "") + Count(time.minute);
    if (time.minute == 15) return "y cuarto";
    if (time.minute == 30) return "y media";
    return "y " + Count(time.minute);
  }

  static std::string_view HalfOfDay(const Time& time) {
    switch (time.half) {
      case HalfDay::kNone:
        return "";
      case HalfDay::kMorning:
        if (time.hour == 12) return "de la noche";
        return time.hour < 6 ? "de la madrugada" : "de la mañana";
      case HalfDay::kAfternoon:
        if (time.hour == 12) return "del mediodía";
        return time.hour < 8 ? "de la tarde" : "de la noche";
    }
    return "";
  }

  /// "tres cuartos" and not "ciento veinte sobre ochenta".
  bool HasPartName(int numerator, int denominator) const {
    return numerator > 0 && (numerator < denominator || denominator <= 4) &&
           !PartName(denominator).empty();
  }

  /// "tercio", "doceavo"; "" where the name is too long to be understood.
  std::string PartName(int denominator) const {
    if (denominator == 2) return "medio";
    if (denominator == 3) return "tercio";
    if (denominator == 1'000'000) return "millonésimo";
    if (denominator <= 10 || (denominator >= 100 && IsPowerOfTen(denominator))) {
      std::string name = Ordinal(static_cast<uint64_t>(denominator), OrdinalForm::kMasculine);
      std::erase(name, ' ');  // "diezmilésimo"
      return name;
    }
    if (denominator > 20) return "";
    return denominator == 16 ? "dieciseisavo" : Count(denominator) + "avo";
  }

  /// CLDR's eight hundredth lacks a syllable.
  std::string OrdinalWords(uint64_t value, const char* rules) const {
    std::string words = spell_out_.Words(value, rules);
    constexpr std::string_view kWrong = "octingésim";
    const size_t at = words.find(kWrong);
    if (at != std::string::npos) words.replace(at, kWrong.size(), "octingentésim");
    return words;
  }

  Lexicon lexicon_{SpanishTables()};
  SpellOut spell_out_{"es"};
};

}  // namespace

const Verbaliser& Spanish() {
  static const SpanishVerbaliser verbaliser;
  return verbaliser;
}

}  // namespace kani::text
