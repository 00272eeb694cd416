// Spanish in words, with the gender and apocope that counting a noun asks for.
#include <algorithm>
#include <array>

#include "text/spanish_tables.h"
#include "text/spell_out.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

template <size_t N>
bool IsIn(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

template <size_t N>
bool EndsInOneOf(std::string_view word, const std::array<std::string_view, N>& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return word.ends_with(ending); });
}

// After these a 1 is a name, not a count: "el 1", "el número 1", "la opción 1 tiene".
constexpr auto kNamingWords = std::to_array<std::string_view>(
    {"el",     "la",         "los",    "las",     "del",      "al",     "número", "capítulo",
     "página", "día",        "nivel",  "versión", "fase",     "tipo",   "grupo",  "canal",
     "opción", "parte",      "paso",   "punto",   "artículo", "línea",  "puerta", "planta",
     "sala",   "habitación", "aula",   "tema",    "unidad",   "figura", "tabla",  "volumen",
     "tomo",   "coma",       "equipo", "jugador"});

// Words behind a number that it does not count.
constexpr auto kUncounted = std::to_array<std::string_view>(
    {"de",      "y",        "e",      "o",     "u",     "a",       "al",     "del",    "el",
     "la",      "los",      "las",    "en",    "con",   "por",     "para",   "es",     "son",
     "fue",     "era",      "que",    "se",    "no",    "ni",      "más",    "menos",  "tras",
     "pero",    "como",     "cuando", "desde", "hasta", "sin",     "sobre",  "entre",  "antes",
     "después", "entonces", "además", "nos",   "les",   "sus",     "mis",    "tus",    "tiene",
     "hay",     "está",     "si",     "le",    "lo",    "me",      "te",     "su",     "mi",
     "tu",      "ha",       "han",    "será",  "ya",    "también", "porque", "contra", "según",
     "vs",      "am",       "pm"});

constexpr auto kMasculineInA = std::to_array<std::string_view>(
    {"día",        "mapa",      "problema",  "sistema", "tema",    "idioma",   "programa",
     "planeta",    "clima",     "poema",     "drama",   "síntoma", "esquema",  "teorema",
     "diagrama",   "cometa",    "tranvía",   "sofá",    "papá",    "fantasma", "dilema",
     "crucigrama", "telegrama", "kilograma", "aroma",   "carisma", "lema",     "panorama",
     "emblema",    "gorila",    "dálmata",   "pijama"});

constexpr auto kFeminine = std::to_array<std::string_view>(
    {"mano",   "noche",  "tarde",   "vez",      "vece",    "clase",  "calle",   "parte",
     "llave",  "nube",   "torre",   "mujer",    "mujere",  "flor",   "flore",   "voz",
     "voce",   "luz",    "luce",    "imagen",   "imágene", "ley",    "leye",    "red",
     "rede",   "foto",   "moto",    "serie",    "frase",   "base",   "fase",    "sede",
     "muerte", "razón",  "razone",  "cruz",     "cruce",   "nave",   "especie", "superficie",
     "orden",  "órdene", "pared",   "parede",   "señal",   "señale", "fuente",  "mente",
     "gente",  "crisi",  "tesi",    "hipótesi", "radio",   "sangre", "leche",   "sal",
     "piel",   "cárcel", "cárcele", "canción",  "sílaba",  "unidad"});

constexpr auto kFeminineEndings = std::to_array<std::string_view>(
    {"ción", "sión", "cione", "sione", "dad", "dade", "tad", "tade", "tud", "tude", "umbre"});

Gender GenderOfNoun(std::string_view noun) {
  if (noun.ends_with("s")) noun.remove_suffix(1);
  if (IsIn(kMasculineInA, noun) || noun.ends_with("ista")) return Gender::kMasculine;
  const bool is_feminine =
      noun.ends_with("a") || IsIn(kFeminine, noun) || EndsInOneOf(noun, kFeminineEndings);
  return is_feminine ? Gender::kFeminine : Gender::kMasculine;
}

/// "de" between a round million and what it counts: "un millón de euros".
bool NeedsDe(const Quantity& quantity) {
  const auto value = (quantity.last ? *quantity.last : quantity.first).Value();
  return value && *value > 0 && *value % 1'000'000 == 0;
}

class SpanishVerbaliser final : public Verbaliser {
 public:
  const LanguageTables& tables() const override { return SpanishTables(); }

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
        return spell_out_.Words(value, "%spellout-ordinal-feminine");
      case OrdinalForm::kBeforeNoun:
        return spell_out_.Words(value, "%spellout-ordinal-masculine-adjective");
      case OrdinalForm::kMasculine:
        break;
    }
    return spell_out_.Words(value, "%spellout-ordinal-masculine");
  }

  std::string Year(int year) const override { return Count(year); }

  std::string Decade(int century, int tens) const override { return Count(century * 100 + tens); }

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
    const std::string part = PartName(denominator);
    if (part.empty() || numerator == 0 || (numerator >= denominator && denominator > 4)) {
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
    if (!quantity.last && number.denominator > 0 && !number.integer.empty()) {
      // "dos kilómetros y medio": the fraction stands behind the noun.
      Number whole = number;
      whole.denominator = 0;
      return JoinWords({Counted({whole, {}, 0}, noun),
                        Fraction(number.numerator, number.denominator, true, noun.gender)});
    }
    const bool is_part = !quantity.last && number.denominator > 0 && number.integer.empty();
    const bool is_half = number.numerator == 1 && number.denominator == 2;
    const bool is_thing = noun.gender != Gender::kNone;
    const bool needs_de = is_thing && ((is_part && !is_half) || NeedsDe(quantity));
    return JoinWords({Say(quantity, noun.gender), needs_de ? "de" : "",
                      IsSingular(quantity) ? noun.one : noun.many});
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

  Gender GenderOfCounted(std::string_view previous, uint64_t value,
                         std::string_view next) const override {
    if (next.size() < 3 || IsUpper(DecodeAt(next, 0).value) || IsIn(kUncounted, next)) {
      return Gender::kNone;
    }
    if (value == 1 && (next.ends_with("s") || IsIn(kNamingWords, LowerCase(previous)))) {
      return Gender::kNone;
    }
    if (value != 1 && !next.ends_with("s") && next != "mil") return Gender::kNone;
    return GenderOfNoun(next);
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

  /// "tercio", "doceavo"; "" where the name is too long to be understood.
  std::string PartName(int denominator) const {
    if (denominator == 2) return "medio";
    if (denominator == 3) return "tercio";
    if (denominator <= 10 || denominator == 100 || denominator == 1000) {
      return Ordinal(static_cast<uint64_t>(denominator), OrdinalForm::kMasculine);
    }
    if (denominator > 20) return "";
    return denominator == 16 ? "dieciseisavo" : Count(denominator) + "avo";
  }

  SpellOut spell_out_{"es"};
};

}  // namespace

const Verbaliser& Spanish() {
  static const SpanishVerbaliser verbaliser;
  return verbaliser;
}

}  // namespace kani::text
