// What Spanish writes for numbers, dates, symbols and addresses. Units, currencies, abbreviations
// and the words around numbers have files of their own.
#include "text/spanish_tables.h"

namespace kani::text {
namespace {

constexpr Gender kM = Gender::kMasculine;
constexpr Gender kF = Gender::kFeminine;

constexpr std::string_view kDigits[] = {"cero",  "uno",  "dos",   "tres", "cuatro",
                                        "cinco", "seis", "siete", "ocho", "nueve"};

constexpr std::string_view kMonths[] = {"enero",      "febrero", "marzo",     "abril",
                                        "mayo",       "junio",   "julio",     "agosto",
                                        "septiembre", "octubre", "noviembre", "diciembre"};

constexpr std::string_view kMonthAbbreviations[] = {"ene", "feb", "mar",  "abr", "may", "jun",
                                                    "jul", "ago", "sept", "oct", "nov", "dic"};
constexpr std::string_view kDoubtfulMonths[] = {"mar"};

constexpr Weekday kWeekdays[] = {
    {"lunes", "lun"},       {"martes", "mar mart"},  {"miércoles", "mié mier miér mie"},
    {"jueves", "jue juev"}, {"viernes", "vie vier"}, {"sábado", "sáb sab"},
    {"domingo", "dom"},
};
constexpr std::string_view kDoubtfulWeekdays[] = {"mar", "vie"};

constexpr OrdinalSuffix kOrdinalSuffixes[] = {{"º"},
                                              {"°"},
                                              {"ª", OrdinalForm::kFeminine},
                                              {"ᵉʳ", OrdinalForm::kBeforeNoun},
                                              {"ᵒ"},
                                              {"ᵃ", OrdinalForm::kFeminine},
                                              {"er", OrdinalForm::kBeforeNoun},
                                              {"ER", OrdinalForm::kBeforeNoun},
                                              {"ero"},
                                              {"era", OrdinalForm::kFeminine},
                                              {"ro"},
                                              {"ra", OrdinalForm::kFeminine},
                                              {"do"},
                                              {"da", OrdinalForm::kFeminine},
                                              {"to"},
                                              {"ta", OrdinalForm::kFeminine},
                                              {"vo"},
                                              {"va", OrdinalForm::kFeminine},
                                              {"mo"},
                                              {"ma", OrdinalForm::kFeminine},
                                              {"no"},
                                              {"na", OrdinalForm::kFeminine},
                                              {"o"},
                                              {"a", OrdinalForm::kFeminine},
                                              {"os", OrdinalForm::kMasculinePlural},
                                              {"as", OrdinalForm::kFemininePlural}};

constexpr Prefix kPrefixes[] = {{"µ", "micro"}, {"n", "nano"}, {"p", "pico"},  {"m", "mili"},
                                {"c", "centi"}, {"d", "deci"}, {"h", "hecto"}, {"k", "kilo"},
                                {"M", "mega"},  {"G", "giga"}, {"T", "tera"},  {"P", "peta"},
                                {"E", "exa"}};

constexpr std::string_view kParticiples[] = {
    "sido",        "hecho",    "dicho",     "visto",    "puesto",   "vuelto",   "escrito",
    "abierto",     "muerto",   "roto",      "resuelto", "cubierto", "devuelto", "no",
    "ya",          "llegado",  "leído",     "caído",    "oído",     "traído",   "creído",
    "reído",       "impuesto", "propuesto", "supuesto", "ganado",   "habido",   "satisfecho",
    "descubierto", "inscrito", "descrito",  "impreso",  "frito",    "provisto"};
constexpr std::string_view kParticipleEndings[] = {"ado",    "ido",    "ído",   "puesto", "scrito",
                                                   "vuelto", "suelto", "hecho", "dicho"};
constexpr std::string_view kScreenNames[] = {"4", "5", "8", "10"};
constexpr UnitVeto kUnitVetoes[] = {{"ha", kParticiples, kParticipleEndings},
                                    {"k", {}, {}, {}, kScreenNames}};

constexpr std::string_view kPerWords[] = {"día",    "semana",  "mes",   "año",     "hora",
                                          "minuto", "segundo", "noche", "persona", "habitante"};

constexpr Magnitude kMagnitudes[] = {
    {"mil millones", "mil millones", "mil millones", true},
    {"millones", "millones", "millones", true},
    {"millón", "millón", "millones", true},
    {"billones", "billones", "billones", true},
    {"billón", "billón", "billones", true},
    {"mil", "mil", "mil", true},
    {"mill.", "millón", "millones", true},
    {"mill", "millón", "millones", true},
    {"mm", "millón", "millones", false, true},
    {"MM", "millón", "millones", false, true},
    {"M", "millón", "millones", false, true},
    {"k", "mil", "mil", false, true},
    {"K", "mil", "mil", false, true},
};

constexpr Naming kLetters[] = {
    {"A", "a"},       {"B", "be"},     {"D", "de"},   {"F", "efe"},   {"J", "jota"},
    {"M", "eme"},     {"N", "ene"},    {"O", "o"},    {"S", "ese"},   {"X", "equis"},
    {"K", "ka"},      {"α", "alfa"},   {"β", "beta"}, {"γ", "gamma"}, {"δ", "delta"},
    {"ε", "épsilon"}, {"ζ", "dseta"},  {"η", "eta"},  {"θ", "zeta"},  {"ι", "iota"},
    {"κ", "kappa"},   {"λ", "lambda"}, {"μ", "mi"},   {"ν", "ni"},    {"ξ", "xi"},
    {"ο", "ómicron"}, {"π", "pi"},     {"ρ", "ro"},   {"σ", "sigma"}, {"τ", "tau"},
    {"υ", "ípsilon"}, {"φ", "fi"},     {"χ", "ji"},   {"ψ", "psi"},   {"ω", "omega"},
};

constexpr Naming kDigitPlurals[] = {{"0", "ceros"}, {"1", "unos"}};

constexpr Symbol kSymbols[] = {
    {"C#", "C sharp"},
    {"♭", "bemol"},
    {"♯", "sostenido"},
    {"x", "por", Place::kBetweenSizes},
    {"×", "por", Place::kBetweenSizes},
    {"#", "número", Place::kBeforeNumber},
    {"# ", "número", Place::kBeforeNumber},
    {"#", "hashtag", Place::kBeforeLetter},
    {"#", "almohadilla", Place::kGlued},
    {"F#", "F sostenido"},
    {"G#", "G sostenido"},
    {"D#", "D sostenido"},
    {"A#", "A sostenido"},
    {"~", "aproximadamente", Place::kBeforeNumber},
    {"/", "barra", Place::kBetweenNumbers},
    {"/", "barra", Place::kBehindNumber},
    {"_", "", Place::kInWord},
    {":", "a", Place::kInNumbers},
    {"*", "por", Place::kBetweenNumbers},
    {"∗", "por", Place::kBetweenNumbers},
    {"⋅", "por", Place::kBetweenNumbers},
    {"∙", "por", Place::kBetweenNumbers},
    {"·", "por", Place::kBetweenNumbers},
    {"∕", "entre", Place::kBetweenNumbers},
    {"<=", "menor o igual que"},
    {">=", "mayor o igual que"},
    {"!=", "distinto de"},
    {"==", "igual a"},
    {"<", "es menor que", Place::kBehindVariable},
    {">", "es mayor que", Place::kBehindVariable},
    {"< ", "menor que", Place::kBeforeNumber},
    {"> ", "mayor que", Place::kBeforeNumber},
    {"<", "menor que", Place::kBeforeNumber},
    {">", "mayor que", Place::kBeforeNumber},
    {"<", "menor que", Place::kBetweenNumbers},
    {">", "mayor que", Place::kBetweenNumbers},
    {"&", "y"},
    {"+/-", "más menos"},
    {"+", "más"},
    {"=", "igual a"},
    {"×", "por"},
    {"÷", "entre"},
    {"±", "más menos"},
    {"≈", "aproximadamente"},
    {"≠", "distinto de"},
    {"≤", "menor o igual que"},
    {"≥", "mayor o igual que"},
    {"≦", "menor o igual que"},
    {"≧", "mayor o igual que"},
    {"∑", "sumatorio"},
    {"∫", "integral"},
    {"√", "raíz cuadrada de"},
    {"∞", "infinito"},
    {"%", "por ciento"},
    {"‰", "por mil"},
    {"°", "grados"},
    {"º", "grados", Place::kInNumbers},
    {"§", "sección"},
    {"©", "copyright"},
    {"№", "número"},
    {"@", "arroba"},
};

constexpr Symbol kWebSymbols[] = {
    {".", "punto"},
    {"@", "arroba"},
    {"/", "barra"},
    {"-", "guion"},
    {"_", "guion bajo"},
    {":", "dos puntos"},
    {"=", "igual"},
    {"?", "interrogación"},
    {"&", "y"},
    {"#", "almohadilla"},
    {"%", "por ciento"},
    {"+", "más"},
    {"~", "virgulilla"},
    {"www", "triple uve doble"},
    {"|", "barra vertical"},
    {"^", "acento circunflejo"},
    {"\\", "barra invertida"},
};

constexpr std::string_view kWebWords[] = {"de", "es", "me", "no", "la", "el",
                                          "se", "al", "en", "ve", "it", "us"};

constexpr std::string_view kPhoneShapes[] = {"333", "3222", "2322", "334",  "244",
                                             "44",  "2244", "2333", "10334"};

LanguageTables MakeTables() {
  return {
      .numbers = {.group_mark = '.', .decimal_mark = ',', .groups_by_space = true},
      .day_before_month = true,
      .names_months_first = false,
      .years_in_pairs = false,
      .nouns_agree = true,
      .area_codes = false,
      .digits = kDigits,
      .months = kMonths,
      .month_abbreviations = kMonthAbbreviations,
      .doubtful_months = kDoubtfulMonths,
      .weekdays = kWeekdays,
      .doubtful_weekdays = kDoubtfulWeekdays,
      .minus = "menos",
      .plus = "más",
      .point = "punto",
      .comma = "coma",
      .range = "a",
      .per = "por",
      .dimension = "por",
      .times_sign = "por",
      .times = "veces",
      .equation_x = "equis",
      .dot = "punto",
      .colon = "dos puntos",
      .slash = "barra",
      .out_of = "de",
      .rating = "sobre",
      .extension = "extensión",
      .verse = ",",
      .feet_and = "y",
      .foot = {"pie", "pies", kM},
      .inch = {"pulgada", "pulgadas", kF},
      .minute = {"minuto", "minutos", kM},
      .squared = "al cuadrado",
      .square = {"", " cuadrado", " cuadrados"},
      .cube = {"", " cúbico", " cúbicos"},
      .ordinal_suffixes = kOrdinalSuffixes,
      .prefixes = kPrefixes,
      .units = SpanishUnits(),
      .unit_vetoes = kUnitVetoes,
      .per_words = kPerWords,
      .currencies = SpanishCurrencies(),
      .euro_like = "",
      .magnitudes = kMagnitudes,
      .abbreviations = SpanishAbbreviations(),
      .streets = {},
      .directions = {},
      .states = {},
      .letters = kLetters,
      .digit_plurals = kDigitPlurals,
      .symbols = kSymbols,
      .web_symbols = kWebSymbols,
      .web_words = kWebWords,
      .cues = SpanishNumberCues(),
      .roman = SpanishRomanCues(),
      .day_link = "de",
      .phone_shapes = kPhoneShapes,
      .phone_starts = "6789",
      .titles = {},
  };
}

}  // namespace

const LanguageTables& SpanishTables() {
  static const LanguageTables tables = MakeTables();
  return tables;
}

}  // namespace kani::text
