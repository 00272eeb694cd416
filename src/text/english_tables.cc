// What English writes for numbers, dates, symbols and addresses. Units, currencies, abbreviations
// and the words around numbers have files of their own.
#include "text/english_tables.h"

namespace kani::text {
namespace {

constexpr std::string_view kDigits[] = {"zero", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};

constexpr std::string_view kMonths[] = {"January",   "February", "March",    "April",
                                        "May",       "June",     "July",     "August",
                                        "September", "October",  "November", "December"};

constexpr std::string_view kMonthAbbreviations[] = {"Jan", "Feb", "Mar",  "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"};
constexpr std::string_view kDoubtfulMonths[] = {"may", "march", "mar"};

constexpr Weekday kWeekdays[] = {
    {"Monday", "mon"},         {"Tuesday", "tue tues tu"},
    {"Wednesday", "wed weds"}, {"Thursday", "thu thur thurs th"},
    {"Friday", "fri fr"},      {"Saturday", "sat sa"},
    {"Sunday", "sun su"},
};
constexpr std::string_view kDoubtfulWeekdays[] = {"mon", "mo", "tu",  "wed", "we",  "th",
                                                  "fri", "fr", "sat", "sa",  "sun", "su"};

constexpr OrdinalSuffix kOrdinalSuffixes[] = {{"st"}, {"nd"}, {"rd"}, {"th"}, {"ST"}, {"ND"},
                                              {"RD"}, {"TH"}, {"ˢᵗ"}, {"ⁿᵈ"}, {"ʳᵈ"}, {"ᵗʰ"}};

constexpr Prefix kPrefixes[] = {{"µ", "micro"}, {"n", "nano"}, {"p", "pico"},  {"m", "milli"},
                                {"c", "centi"}, {"d", "deci"}, {"h", "hecto"}, {"k", "kilo"},
                                {"M", "mega"},  {"G", "giga"}, {"T", "tera"},  {"P", "peta"},
                                {"E", "exa"}};

constexpr Magnitude kMagnitudes[] = {
    {"thousand", "thousand", "thousand", true},  {"million", "million", "million", true},
    {"billion", "billion", "billion", true},     {"trillion", "trillion", "trillion", true},
    {"bn", "billion", "billion", false, true},   {"Bn", "billion", "billion", false, true},
    {"BN", "billion", "billion", false, true},   {"mn", "million", "million", false, true},
    {"mm", "million", "million", false, true},   {"MM", "million", "million", false, true},
    {"tn", "trillion", "trillion", false, true}, {"k", "thousand", "thousand", false, true},
    {"K", "thousand", "thousand", false, true},  {"m", "million", "million", false, true},
    {"M", "million", "million", false, true},    {"b", "billion", "billion", false, true},
    {"B", "billion", "billion", false, true},    {"T", "trillion", "trillion", false, true},
};

constexpr Street kStreets[] = {
    {"st", "Street"},       {"ave", "Avenue"},    {"av", "Avenue"},     {"rd", "Road"},
    {"blvd", "Boulevard"},  {"ln", "Lane"},       {"ct", "Court"},      {"hwy", "Highway"},
    {"pkwy", "Parkway"},    {"pl", "Place"},      {"sq", "Square"},     {"ter", "Terrace"},
    {"expy", "Expressway"}, {"fwy", "Freeway"},   {"cir", "Circle"},    {"dr", "Drive"},
    {"trl", "Trail"},       {"cres", "Crescent"}, {"tpke", "Turnpike"}, {"plz", "Plaza"},
    {"bldg", "Building"},
};

constexpr Naming kDirections[] = {
    {"n", "North"},      {"s", "South"},      {"e", "East"},       {"w", "West"},
    {"ne", "Northeast"}, {"nw", "Northwest"}, {"se", "Southeast"}, {"sw", "Southwest"},
};

// CA is left as it is: it is said by its letters, and Canada's code too.
constexpr Naming kStates[] = {
    {"AL", "Alabama"},       {"AK", "Alaska"},         {"AZ", "Arizona"},
    {"AR", "Arkansas"},      {"CO", "Colorado"},       {"CT", "Connecticut"},
    {"DE", "Delaware"},      {"FL", "Florida"},        {"GA", "Georgia"},
    {"HI", "Hawaii"},        {"ID", "Idaho"},          {"IL", "Illinois"},
    {"IN", "Indiana"},       {"IA", "Iowa"},           {"KS", "Kansas"},
    {"KY", "Kentucky"},      {"LA", "Louisiana"},      {"ME", "Maine"},
    {"MD", "Maryland"},      {"MA", "Massachusetts"},  {"MI", "Michigan"},
    {"MN", "Minnesota"},     {"MS", "Mississippi"},    {"MO", "Missouri"},
    {"MT", "Montana"},       {"NE", "Nebraska"},       {"NV", "Nevada"},
    {"NH", "New Hampshire"}, {"NJ", "New Jersey"},     {"NM", "New Mexico"},
    {"NY", "New York"},      {"NC", "North Carolina"}, {"ND", "North Dakota"},
    {"OH", "Ohio"},          {"OK", "Oklahoma"},       {"OR", "Oregon"},
    {"PA", "Pennsylvania"},  {"RI", "Rhode Island"},   {"SC", "South Carolina"},
    {"SD", "South Dakota"},  {"TN", "Tennessee"},      {"TX", "Texas"},
    {"UT", "Utah"},          {"VT", "Vermont"},        {"VA", "Virginia"},
    {"WA", "Washington"},    {"WV", "West Virginia"},  {"WI", "Wisconsin"},
    {"WY", "Wyoming"},
};

constexpr Naming kOldStates[] = {
    {"Pa", "Pennsylvania"},  {"Mass", "Massachusetts"}, {"Conn", "Connecticut"},
    {"Va", "Virginia"},      {"Md", "Maryland"},        {"Calif", "California"},
    {"Ill", "Illinois"},     {"Ind", "Indiana"},        {"Mich", "Michigan"},
    {"Minn", "Minnesota"},   {"Tenn", "Tennessee"},     {"Ky", "Kentucky"},
    {"Ga", "Georgia"},       {"Fla", "Florida"},        {"Ala", "Alabama"},
    {"Miss", "Mississippi"}, {"La", "Louisiana"},       {"Tex", "Texas"},
    {"Wis", "Wisconsin"},    {"Colo", "Colorado"},      {"Ore", "Oregon"},
    {"Wash", "Washington"},  {"Vt", "Vermont"},         {"Del", "Delaware"},
    {"Ariz", "Arizona"},     {"Nev", "Nevada"},         {"Okla", "Oklahoma"},
    {"Kan", "Kansas"},       {"Neb", "Nebraska"},       {"Mo", "Missouri"},
    {"Ark", "Arkansas"},     {"Mont", "Montana"},       {"Wyo", "Wyoming"},
    {"Ida", "Idaho"},        {"Me", "Maine"},
};

constexpr Naming kLetters[] = {
    {"α", "alpha"},  {"β", "beta"}, {"γ", "gamma"}, {"δ", "delta"}, {"ε", "epsilon"},
    {"ζ", "zeta"},   {"η", "eta"},  {"θ", "theta"}, {"ι", "iota"},  {"κ", "kappa"},
    {"λ", "lambda"}, {"μ", "mu"},   {"ν", "nu"},    {"ξ", "xi"},    {"ο", "omicron"},
    {"π", "pi"},     {"ρ", "rho"},  {"σ", "sigma"}, {"τ", "tau"},   {"υ", "upsilon"},
    {"φ", "phi"},    {"χ", "chi"},  {"ψ", "psi"},   {"ω", "omega"},
};

constexpr Naming kDigitPlurals[] = {
    {"0", "zeros"}, {"10", "tens"}, {"100", "hundreds"}, {"1000", "thousands"}};

constexpr Symbol kSymbols[] = {
    {"C#", "C sharp"},
    {"♭", "flat"},
    {"♯", "sharp"},
    {"x", "by", Place::kBetweenSizes},
    {"×", "by", Place::kBetweenSizes},
    {"#", "number", Place::kBeforeNumber},
    {"# ", "number", Place::kBeforeNumber},
    {"#", "hashtag", Place::kBeforeLetter},
    {"#", "hash", Place::kGlued},
    {"F#", "F sharp"},
    {"G#", "G sharp"},
    {"D#", "D sharp"},
    {"A#", "A sharp"},
    {"~", "about", Place::kBeforeNumber},
    {"/", "slash", Place::kBetweenNumbers},
    {"/", "slash", Place::kBehindNumber},
    {"_", "", Place::kInWord},
    {":", "to", Place::kInNumbers},
    {"*", "times", Place::kBetweenNumbers},
    {"∗", "times", Place::kBetweenNumbers},
    {"⋅", "times", Place::kBetweenNumbers},
    {"∙", "times", Place::kBetweenNumbers},
    {"·", "times", Place::kBetweenNumbers},
    {"∕", "divided by", Place::kBetweenNumbers},
    {"<=", "less than or equal to"},
    {">=", "greater than or equal to"},
    {"!=", "does not equal"},
    {"==", "equals"},
    {"=>", "implies"},
    {"<", "is less than", Place::kBehindVariable},
    {">", "is greater than", Place::kBehindVariable},
    {"< ", "less than", Place::kBeforeNumber},
    {"> ", "greater than", Place::kBeforeNumber},
    {"<", "less than", Place::kBeforeNumber},
    {">", "greater than", Place::kBeforeNumber},
    {"<", "less than", Place::kBetweenNumbers},
    {">", "greater than", Place::kBetweenNumbers},
    {"&&", "and"},
    {"&", "and"},
    {"+/-", "plus or minus"},
    {"+", "plus"},
    {"=", "equals"},
    {"×", "times"},
    {"÷", "divided by"},
    {"±", "plus or minus"},
    {"≈", "approximately"},
    {"≠", "does not equal"},
    {"≤", "less than or equal to"},
    {"≥", "greater than or equal to"},
    {"≦", "less than or equal to"},
    {"≧", "greater than or equal to"},
    {"⊆", "is a subset of or equal to"},
    {"⊂", "is a subset of"},
    {"∈", "is in"},
    {"⋈", "natural join"},
    {"∑", "sum"},
    {"∏", "product"},
    {"∫", "integral"},
    {"∂", "partial"},
    {"√", "square root of"},
    {"∞", "infinity"},
    {"%", "percent"},
    {"‰", "per mille"},
    {"°", "degrees"},
    {"§§", "sections"},
    {"§", "section"},
    {"¶", "paragraph"},
    {"©", "copyright"},
    {"№", "number"},
    {"@", "at"},
};

constexpr Symbol kWebSymbols[] = {
    {".", "dot"},        {"@", "at"},      {"/", "slash"},        {"-", "dash"},
    {"_", "underscore"}, {":", "colon"},   {"=", "equals"},       {"?", "question mark"},
    {"&", "and"},        {"#", "hash"},    {"%", "percent"},      {"+", "plus"},
    {"~", "tilde"},      {"www", "w w w"}, {"|", "vertical bar"}, {"^", "caret"},
    {"\\", "backslash"},
};

constexpr std::string_view kWebWords[] = {"it", "us", "is", "me", "so", "in",
                                          "no", "at", "be", "to", "my", "do"};

constexpr std::string_view kPhoneShapes[] = {"34", "334", "1334", "3344"};

// Capitalised behind "Inc." or "p.m." without beginning a sentence.
constexpr std::string_view kTitles[] = {
    "president", "chairman",    "chairwoman", "chief",     "director",  "founder",
    "spokesman", "spokeswoman", "vice",       "secretary", "treasurer", "senator",
    "governor",  "professor",   "general",    "captain",   "eastern",   "pacific",
    "central",   "mountain",    "standard",   "daylight",  "greenwich", "local",
    "engineer",  "manager",     "ceo",        "executive", "analyst",   "co"};

constexpr std::string_view kBehindInches[] = {
    "of",    "x",     "by",     "wide",     "tall",   "long",   "deep",   "thick",
    "high",  "in",    "and",    "or",       "to",     "on",     "at",     "from",
    "above", "below", "across", "diameter", "square", "barrel", "screen", "per"};
constexpr std::string_view kBehindInch[] = {"x",    "by",    "wide", "tall",    "long",
                                            "deep", "thick", "high", "diameter"};
constexpr std::string_view kBehindScreens[] = {
    "tv",    "video", "resolution", "display", "monitor",   "screen",    "camera",
    "ultra", "film",  "hdr",        "footage", "streaming", "projector", "uhd",
    "run",   "race",  "runner",     "runners", "runs",      "races"};
constexpr std::string_view kScreenNames[] = {"4", "5", "8", "10"};
constexpr UnitVeto kUnitVetoes[] = {{"k", kBehindScreens, {}, {}, kScreenNames},
                                    {"in.", {}, {}, kBehindInches},
                                    {"in", {}, {}, kBehindInch}};
constexpr std::string_view kPerWords[] = {
    "day",    "week", "month",   "year",   "hour",   "minute",    "second", "night",
    "person", "head", "student", "capita", "family", "household", "page",   "user"};

LanguageTables MakeTables(bool day_before_month) {
  return {
      .numbers = {.group_mark = ',', .decimal_mark = '.', .groups_by_space = false},
      .day_before_month = day_before_month,
      .names_months_first = true,
      .years_in_pairs = true,
      .nouns_agree = false,
      .area_codes = true,
      .digits = kDigits,
      .months = kMonths,
      .month_abbreviations = kMonthAbbreviations,
      .doubtful_months = kDoubtfulMonths,
      .weekdays = kWeekdays,
      .doubtful_weekdays = kDoubtfulWeekdays,
      .minus = "minus",
      .plus = "plus",
      .point = "point",
      .comma = "point",
      .range = "to",
      .per = "per",
      .dimension = "by",
      .times_sign = "times",
      .times = "times",
      .equation_x = "x",
      .dot = "dot",
      .colon = "colon",
      .slash = "slash",
      .out_of = "of",
      .rating = "out of",
      .extension = "extension",
      .verse = "",
      .feet_and = "",
      .foot = {"foot", "feet"},
      .inch = {"inch", "inches"},
      .minute = {"minute", "minutes"},
      .shilling = {"shilling", "shillings"},
      .penny = {"penny", "pence"},
      .squared = "squared",
      .square = {"square ", "", ""},
      .cube = {"cubic ", "", ""},
      .ordinal_suffixes = kOrdinalSuffixes,
      .prefixes = kPrefixes,
      .units = EnglishUnits(),
      .unit_vetoes = kUnitVetoes,
      .per_words = kPerWords,
      .currencies = EnglishCurrencies(),
      .euro_like = "€",
      .magnitudes = kMagnitudes,
      .abbreviations = EnglishAbbreviations(),
      .streets = kStreets,
      .directions = kDirections,
      .old_states = kOldStates,
      .states = kStates,
      .letters = kLetters,
      .digit_plurals = kDigitPlurals,
      .symbols = kSymbols,
      .web_symbols = kWebSymbols,
      .web_words = kWebWords,
      .cues = EnglishNumberCues(),
      .roman = EnglishRomanCues(),
      .day_link = "of",
      .phone_shapes = kPhoneShapes,
      .phone_starts = "",
      .titles = kTitles,
  };
}

}  // namespace

const LanguageTables& EnglishTables() {
  static const LanguageTables tables = MakeTables(false);
  return tables;
}

const LanguageTables& BritishEnglishTables() {
  static const LanguageTables tables = MakeTables(true);
  return tables;
}

}  // namespace kani::text
