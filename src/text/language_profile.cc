#include "text/language_profile.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace kani::text {
namespace {

constexpr std::string_view kEnglishWords[] = {"the",      "he",        "and",     "of",
                                              "to",       "in",        "is",      "it",
                                              "you",      "that",      "was",     "for",
                                              "on",       "are",       "with",    "as",
                                              "i",        "his",       "they",    "be",
                                              "at",       "one",       "have",    "this",
                                              "from",     "or",        "had",     "by",
                                              "but",      "what",      "some",    "we",
                                              "can",      "out",       "other",   "were",
                                              "all",      "there",     "when",    "up",
                                              "use",      "your",      "how",     "said",
                                              "an",       "each",      "she",     "which",
                                              "do",       "their",     "time",    "if",
                                              "will",     "way",       "about",   "many",
                                              "then",     "them",      "would",   "like",
                                              "so",       "these",     "her",     "long",
                                              "make",     "see",       "him",     "two",
                                              "look",     "more",      "day",     "could",
                                              "go",       "did",       "my",      "who",
                                              "now",      "than",      "first",   "been",
                                              "call",     "its",       "am",      "get",
                                              "into",     "may",       "over",    "new",
                                              "just",     "know",      "take",    "people",
                                              "year",     "good",      "should",  "here",
                                              "where",    "why",       "very",    "much",
                                              "our",      "us",        "not",     "because",
                                              "any",      "only",      "after",   "before",
                                              "while",    "never",     "always",  "again",
                                              "yes",      "hello",     "hi",      "thanks",
                                              "thank",    "please",    "sorry",   "okay",
                                              "let",      "don't",     "it's",    "i'm",
                                              "can't",    "that's",    "you're",  "we're",
                                              "they're",  "won't",     "isn't",   "didn't",
                                              "i've",     "i'll",      "what's",  "there's",
                                              "let's",    "he's",      "she's",   "doesn't",
                                              "morning",  "night",     "evening", "afternoon",
                                              "welcome",  "goodbye",   "bye",     "today",
                                              "tomorrow", "yesterday", "water",   "help",
                                              "every",    "down",      "off",     "still",
                                              "too",      "really",    "well",    "back",
                                              "come",     "came",      "went",    "think",
                                              "want",     "need",      "love",    "stop",
                                              "wait",     "sure",      "great",   "congratulations",
                                              "friend",   "house",     "dog",     "cat",
                                              "book",     "door",      "open",    "close",
                                              "read",     "name",      "does",    "has",
                                              "being",    "through",   "under",   "between",
                                              "against",  "without"};

constexpr std::string_view kSpanishWords[] = {
    "de",     "la",      "que",     "el",       "en",          "y",       "los",     "se",
    "del",    "las",     "un",      "por",      "con",         "una",     "su",      "para",
    "es",     "al",      "lo",      "como",     "más",         "o",       "pero",    "sus",
    "le",     "ya",      "este",    "sí",       "porque",      "esta",    "entre",   "cuando",
    "muy",    "sobre",   "también", "hasta",    "hay",         "donde",   "quien",   "desde",
    "todo",   "nos",     "durante", "todos",    "uno",         "les",     "ni",      "contra",
    "otros",  "ese",     "eso",     "ante",     "ellos",       "e",       "esto",    "mí",
    "antes",  "algunos", "qué",     "unos",     "yo",          "otro",    "otras",   "otra",
    "él",     "tanto",   "esa",     "estos",    "mucho",       "quienes", "nada",    "muchos",
    "cual",   "poco",    "ella",    "estar",    "estas",       "algunas", "algo",    "nosotros",
    "mi",     "mis",     "tú",      "te",       "ti",          "tu",      "tus",     "ellas",
    "soy",    "eres",    "somos",   "está",     "están",       "estoy",   "era",     "fue",
    "fueron", "ser",     "tiene",   "tengo",    "tienen",      "hola",    "gracias", "adiós",
    "buenos", "buenas",  "días",    "tardes",   "noches",      "noche",   "favor",   "señor",
    "señora", "bien",    "mal",     "casa",     "agua",        "hoy",     "mañana",  "ayer",
    "ahora",  "siempre", "nunca",   "aquí",     "allí",        "cómo",    "dónde",   "cuándo",
    "cuánto", "cuánta",  "quién",   "cuál",     "vamos",       "quiero",  "puedo",   "puede",
    "hacer",  "dijo",    "sin",     "ha",       "han",         "había",   "hemos",   "si",
    "vale",   "claro",   "amigo",   "amiga",    "perro",       "gato",    "libro",   "puerta",
    "día",    "año",     "años",    "tiempo",   "vida",        "bueno",   "buena",   "ven",
    "espera", "ayuda",   "perdón",  "salud",    "felicidades", "feliz",   "dos",     "tres",
    "vez",    "así",     "aunque",  "mientras", "después",     "cada",    "gente",   "mundo",
    "hombre", "mujer",   "niño",    "niña",     "nombre",      "llamo",   "llama",   "gusta",
    "usted",  "ustedes", "luego",   "pronto"};

constexpr std::string_view kEnglishEndings[] = {"ing",  "tion", "ght",  "ly", "ness", "ful",
                                                "less", "ould", "ough", "ed", "ies"};
constexpr std::string_view kEnglishInside[] = {"th", "sh", "wh", "ck", "ee", "oo", "w", "k"};

constexpr std::string_view kSpanishEndings[] = {
    "ción", "mente", "ando", "iendo", "ado", "ada", "ados", "adas", "ido", "idad", "amos", "emos",
    "aron", "ieron", "os",   "as",    "ito", "ita", "illo", "aba",  "ía",  "oso",  "osa",  "eza"};
constexpr std::string_view kSpanishInside[] = {"ñ", "ll", "rr", "ción", "ue", "ie"};

// Kirghiz is the third language of the published models; no other of them is written in Cyrillic.
constexpr std::u32string_view kCyrillic = U"абвгдеёжзийклмнңоөпрстуүфхцчшщъыьэюя";

constexpr std::string_view kEnglishSigns[] = {"Mr.", "Mrs.", "Ms.", " St.", "a.m.", "p.m."};
constexpr std::string_view kSpanishSigns[] = {"¿",    "¡",     ".º",    ".ª",    "Nº",    "nº",
                                              "N.º",  "n.º",   "EE.",   "Sr.",   "Sra.",  "Srta.",
                                              "Dra.", "Avda.", "pág.",  "núm.",  "a. m.", "p. m.",
                                              "C/",   "a. C.", "d. C.", "a. de", "ª",     "Uds."};

constexpr LanguageProfile kProfiles[] = {
    {"en", kEnglishWords, U"", kEnglishEndings, kEnglishInside, kEnglishSigns},
    {"es", kSpanishWords, U"ñáéíóúü", kSpanishEndings, kSpanishInside, kSpanishSigns, true},
    {"ky", {}, kCyrillic, {}, {}, {}},
};

constexpr std::string_view kNameLinks[] = {"de", "la",  "del", "los", "las", "el", "y",
                                           "e",  "van", "von", "der", "of",  "the"};

constexpr std::string_view kOpenWords[] = {
    "the",  "a",    "an",   "of",    "to",  "in",    "on",  "at",  "for", "with", "by",  "from",
    "and",  "or",   "but",  "as",    "is",  "are",   "was", "her", "his", "my",   "our", "their",
    "your", "its",  "than", "that",  "el",  "la",    "los", "las", "un",  "una",  "de",  "del",
    "al",   "en",   "y",    "o",     "que", "con",   "por", "su",  "sus", "mi",   "es",  "son",
    "para", "pero", "como", "desde", "sin", "sobre", "e",   "u",   "le",  "se",   "muy"};

constexpr std::string_view kForeignPlaces[] = {
    "los angeles", "las vegas",  "san francisco", "san diego", "san antonio", "san jose",
    "el paso",     "los alamos", "las cruces",    "la jolla",  "la crosse",   "los gatos",
    "los altos",   "del mar",    "del rio",       "des moines"};

/// The profiles that have each common word, a bit each in their order.
const std::unordered_map<std::string_view, unsigned>& CommonWords() {
  static const auto words = [] {
    std::unordered_map<std::string_view, unsigned> map;
    for (size_t i = 0; i < std::size(kProfiles); ++i) {
      for (const std::string_view word : kProfiles[i].words) map[word] |= 1u << i;
    }
    return map;
  }();
  return words;
}

}  // namespace

std::span<const LanguageProfile> LanguageProfiles() { return kProfiles; }

const LanguageProfile* FindProfile(std::string_view language) {
  for (const LanguageProfile& profile : kProfiles) {
    if (profile.language == language) return &profile;
  }
  return nullptr;
}

bool IsCommonWord(const LanguageProfile& profile, std::string_view word) {
  const auto found = CommonWords().find(word);
  return found != CommonWords().end() && (found->second >> (&profile - kProfiles) & 1u) != 0;
}

bool IsNameLink(std::string_view word) {
  return std::find(std::begin(kNameLinks), std::end(kNameLinks), word) != std::end(kNameLinks);
}

bool LeavesOpen(std::string_view word) {
  return std::find(std::begin(kOpenWords), std::end(kOpenWords), word) != std::end(kOpenWords);
}

bool IsForeignPlace(std::string_view words) {
  return std::find(std::begin(kForeignPlaces), std::end(kForeignPlaces), words) !=
         std::end(kForeignPlaces);
}

bool IsFunctionWord(std::string_view word) { return CommonWords().contains(word); }

}  // namespace kani::text
