#include "text/spanish_nouns.h"

#include <algorithm>
#include <array>
#include <string>

#include "text/number.h"
#include "text/unicode.h"

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
    {"el",     "la",         "los",    "las",       "del",       "al",       "número", "capítulo",
     "página", "día",        "nivel",  "versión",   "fase",      "tipo",     "grupo",  "canal",
     "opción", "parte",      "paso",   "punto",     "artículo",  "línea",    "puerta", "planta",
     "sala",   "habitación", "aula",   "tema",      "unidad",    "figura",   "tabla",  "volumen",
     "tomo",   "coma",       "equipo", "jugador",   "sensor",    "fórmula",  "pista",  "módulo",
     "zona",   "sector",     "clase",  "lección",   "ejercicio", "pregunta", "anexo",  "vía",
     "andén",  "ruta",       "etapa",  "categoría", "sección",   "escena",   "acto",   "estación"});

constexpr auto kDeterminers = std::to_array<std::string_view>(
    {"el",      "la",   "los",   "las",     "del",  "al",   "un",    "una",
     "este",    "esta", "ese",   "esa",     "su",   "mi",   "tu",    "nuestro",
     "nuestra", "cada", "aquel", "aquella", "otro", "otra", "ningún"});

constexpr auto kFeminineDeterminers = std::to_array<std::string_view>(
    {"las", "unas", "aquellas", "estas", "esas", "muchas", "otras", "algunas", "nuestras",
     "vuestras", "todas", "cuantas", "varias", "demás"});
constexpr auto kMasculineDeterminers = std::to_array<std::string_view>(
    {"los", "unos", "aquellos", "estos", "esos", "otros", "nuestros", "algunos"});

// Words behind a number that it does not count.
constexpr auto kUncounted = std::to_array<std::string_view>(
    {"de",       "y",        "e",        "o",       "u",        "a",        "al",       "del",
     "el",       "la",       "los",      "las",     "en",       "con",      "por",      "para",
     "es",       "son",      "fue",      "era",     "que",      "se",       "no",       "ni",
     "más",      "menos",    "tras",     "pero",    "como",     "cuando",   "desde",    "hasta",
     "sin",      "sobre",    "entre",    "antes",   "después",  "entonces", "además",   "nos",
     "les",      "sus",      "mis",      "tus",     "tiene",    "hay",      "está",     "si",
     "le",       "lo",       "me",       "te",      "su",       "mi",       "tu",       "ha",
     "han",      "será",     "ya",       "también", "porque",   "contra",   "según",    "vs",
     "am",       "pm",       "mientras", "muchas",  "muchos",   "algunas",  "algunos",  "ambas",
     "ambos",    "todas",    "todos",    "apenas",  "ellas",    "ellos",    "nosotros", "nosotras",
     "ustedes",  "vosotros", "estas",    "estos",   "esas",     "esos",     "aquellas", "aquellos",
     "otras",    "otros",    "unas",     "unos",    "varias",   "varios",   "pocas",    "pocos",
     "tantas",   "tantos",   "cuantas",  "quienes", "nuestras", "nuestros", "vuestras", "cuyas",
     "cuyos",    "hoy",      "ahora",    "nunca",   "siempre",  "luego",    "pues",     "aunque",
     "donde",    "jamás",    "quizás",   "tras",    "ante",     "bajo",     "durante",  "mediante",
     "excepto",  "salvo",    "eran",     "fueron",  "están",    "estaban",  "serán",    "hemos",
     "somos",    "vamos",    "tenemos",  "llega",   "gana",     "cierra",   "abre",     "lleva",
     "regresa",  "vuelve",   "sale",     "entra",   "pasa",     "empieza",  "termina",  "acaba",
     "queda",    "sigue",    "viene",    "muestra", "indica",   "marca",    "forma",    "dice",
     "funciona", "corre",    "juega",    "incluye", "contiene", "ofrece",   "aquí",     "allí",
     "así",      "entonces", "aún",      "todavía", "casi",     "solo",     "sólo",     "esta",
     "este",     "esa",      "ese",      "cada",    "nada",     "una",      "uno",      "cuya",
     "cuyo",     "otra",     "otro",     "toda",    "todo",     "debe",     "puede",    "hace",
     "hizo",     "murió",    "nació",    "ganó",    "perdió",   "llegó",    "empezó",   "terminó",
     "abrió",    "cerró"});

// Adjectives without a gender of their own, before the noun that has it.
constexpr auto kAdjectives = std::to_array<std::string_view>(
    {"mejores",     "peores",       "mayores",    "menores",    "grandes",    "posibles",
     "principales", "importantes",  "diferentes", "siguientes", "recientes",  "actuales",
     "nuevos",      "nuevas",       "primeros",   "primeras",   "últimos",    "últimas",
     "buenas",      "buenos",       "pequeñas",   "pequeños",   "jóvenes",    "simples",
     "enormes",     "breves",       "fuertes",    "fieles",     "crueles",    "fáciles",
     "difíciles",   "inteligentes", "valientes",  "gran",       "brillantes", "tristes",
     "felices"});

constexpr auto kMasculineInA = std::to_array<std::string_view>(
    {"día",        "mapa",      "problema",  "sistema", "tema",      "idioma",   "programa",
     "planeta",    "clima",     "poema",     "drama",   "síntoma",   "esquema",  "teorema",
     "diagrama",   "cometa",    "tranvía",   "sofá",    "papá",      "fantasma", "dilema",
     "crucigrama", "telegrama", "kilograma", "aroma",   "carisma",   "lema",     "panorama",
     "emblema",    "gorila",    "dálmata",   "pijama",  "guardia",   "policía",  "colega",
     "atleta",     "poeta",     "profeta",   "pirata",  "guía",      "cura",     "diploma",
     "axioma",     "enigma",    "estigma",   "dogma",   "cromosoma", "coma",     "atlas"});

constexpr auto kFeminine = std::to_array<std::string_view>(
    {"mano",      "noche",    "tarde",      "vez",         "vece",       "clase",     "calle",
     "parte",     "llave",    "nube",       "torre",       "mujer",      "mujere",    "flor",
     "flore",     "voz",      "voce",       "luz",         "luce",       "imagen",    "imágene",
     "ley",       "leye",     "red",        "rede",        "foto",       "moto",      "serie",
     "frase",     "base",     "fase",       "sede",        "muerte",     "razón",     "razone",
     "cruz",      "cruce",    "nave",       "especie",     "superficie", "orden",     "órdene",
     "pared",     "parede",   "señal",      "señale",      "fuente",     "mente",     "gente",
     "crisi",     "tesi",     "hipótesi",   "radio",       "sangre",     "leche",     "sal",
     "piel",      "cárcel",   "cárcele",    "canción",     "sílaba",     "unidad",    "actriz",
     "actrice",   "raíz",     "raíce",      "perdiz",      "perdice",    "nariz",     "narice",
     "matriz",    "matrice",  "emperatriz", "emperatrice", "cicatriz",   "cicatrice", "codorniz",
     "codornice", "sien",     "sede",       "nieve",       "fe",         "suerte",    "muchedumbre",
     "col",       "miel",     "labor",      "labore",      "víctima",    "serpiente", "corriente",
     "pendiente", "variante", "vertiente",  "patente",     "mente",      "hambre",    "ave",
     "nave",      "llave",    "clave",      "nube",        "carne",      "fiebre",    "sangre",
     "costumbre", "cumbre",   "tribu",      "res",         "tos",        "hoz",       "coz",
     "coce",      "paz",      "tez",        "vejez",       "niñez",      "estrechez", "pareja",
     "madre",     "base",     "cola",       "dosi",        "síntesi"});

constexpr auto kFeminineEndings = std::to_array<std::string_view>(
    {"ción", "sión",  "cione", "sione", "dad",  "dade",  "tad",  "tade",  "tud",  "tude", "umbre",
     "triz", "trice", "gión",  "gione", "nión", "nione", "xión", "xione", "itis", "iti"});

// Feminine nouns that begin with a stressed a: "un agua", "veintiún águilas".
constexpr auto kStressedA = std::to_array<std::string_view>(
    {"agua",  "águila", "alma", "arma",   "aula",  "hambre", "hacha", "ala",
     "ama",   "área",   "ave",  "ancla",  "ansia", "arpa",   "asta",  "haba",
     "habla", "hada",   "alga", "ánfora", "acta",  "álgebra"});

constexpr auto kSingularInS = std::to_array<std::string_view>(
    {"mes",    "país",      "gas",     "bus",      "autobús",    "virus",    "lunes",
     "martes", "miércoles", "jueves",  "viernes",  "dios",       "análisis", "tesis",
     "crisis", "compás",    "interés", "paraguas", "cumpleaños", "campus",   "oasis",
     "dosis",  "tos",       "res",     "síntesis", "hipótesis",  "énfasis"});

bool IsNaming(const Reader& reader, size_t begin) {
  const std::string_view previous_word = reader.WordBefore(begin);
  if (previous_word.empty()) return false;
  const std::string previous = LowerCase(previous_word);
  if (IsIn(kNamingWords, previous)) return true;
  const size_t previous_at = reader.BeginOf(previous_word);
  const std::string before = LowerCase(reader.WordBefore(previous_at));
  // "la pista 1", and "de Apolo 1" where a name stands inside the sentence.
  if (IsIn(kDeterminers, before)) return true;
  return !before.empty() && IsUpper(DecodeAt(previous_word, 0).value);
}

/// The word behind `at`, which moves behind it.
std::string_view NextWord(const Reader& reader, size_t& at) {
  const size_t begin = reader.SkipBlank(at);
  const std::string_view word = begin == at ? std::string_view() : reader.WordAt(begin);
  if (!word.empty()) at = begin + word.size();
  return word;
}

/// 1100..2099 in four digits, behind a word that a year follows.
bool IsYearHere(const Reader& reader, size_t begin, size_t end, std::string_view previous) {
  if (end - begin != 4 || reader.DigitsEnd(begin) != end) return false;
  constexpr auto kYearWords =
      std::to_array<std::string_view>({"en", "desde", "hasta", "año", "hacia", "durante", "del"});
  return IsIn(kYearWords, previous);
}

}  // namespace

Gender GenderOfSpanishNoun(std::string_view noun) {
  if (noun.ends_with("s")) noun.remove_suffix(1);
  if (IsIn(kMasculineInA, noun) || noun.ends_with("ista")) return Gender::kMasculine;
  const bool is_feminine =
      noun.ends_with("a") || IsIn(kFeminine, noun) || EndsInOneOf(noun, kFeminineEndings);
  return is_feminine ? Gender::kFeminine : Gender::kMasculine;
}

bool IsMasculineSingular(std::string_view word) {
  return word.size() > 2 && !word.ends_with('s') && !IsIn(kUncounted, word) &&
         GenderOfSpanishNoun(word) == Gender::kMasculine && !word.ends_with("mente");
}

namespace {

/// @param links how many more numbers joined by "o" are looked through.
Gender GenderOfCount(const Reader& reader, size_t begin, size_t end, uint64_t value, int links) {
  const std::string previous = LowerCase(reader.WordBefore(begin));
  size_t at = end;
  std::string next = LowerCase(NextWord(reader, at));
  const bool is_capital = IsUpper(reader.At(reader.SkipBlank(end)));
  // "200 o 300 personas": both agree.
  for (const std::string_view link : {"o", "u", "y", "a", "ni"}) {
    if (next != link || links == 0) continue;
    const size_t digits_at = reader.SkipBlank(at);
    const size_t digits_end = reader.DigitsEnd(digits_at);
    if (digits_end == digits_at || digits_end - digits_at > 6) break;
    return GenderOfCount(reader, digits_at, digits_end, 2, links - 1);
  }
  if (value != 1 && value >= 200 && IsIn(kFeminineDeterminers, previous)) return Gender::kFeminine;
  if (value != 1 && value >= 200 && IsIn(kMasculineDeterminers, previous)) {
    return Gender::kMasculine;
  }
  const bool is_shouted =
      is_capital && next.size() > 1 && IsUpper(DecodeBefore(reader.text(), at).value);
  if (next.size() < 3 || (is_capital && !is_shouted) || IsIn(kUncounted, next)) {
    return Gender::kNone;
  }
  if (value != 1 && (next == "mil" || IsIn(kAdjectives, next))) {
    const std::string noun = LowerCase(NextWord(reader, at));
    if (noun.size() > 2 && noun.ends_with("s") && !IsIn(kUncounted, noun)) {
      return GenderOfSpanishNoun(noun);
    }
    return next == "mil" ? Gender::kMasculine : GenderOfSpanishNoun(next);
  }
  if (value == 1) {
    const bool is_plural = next.ends_with("s") && !IsIn(kSingularInS, next);
    if (is_plural || IsNaming(reader, begin)) return Gender::kNone;
    if (next.ends_with("mente") || next.ends_with("ó")) return Gender::kNone;
    return IsIn(kStressedA, next) ? Gender::kMasculine : GenderOfSpanishNoun(next);
  }
  if (!next.ends_with("s")) return Gender::kNone;
  if (IsYearHere(reader, begin, end, previous)) return Gender::kNone;
  std::string_view singular = next;
  singular.remove_suffix(1);
  // "veintiún águilas": only the forms in -uno are shortened.
  if (value % 10 == 1 && value % 100 != 11 && value < 100 && IsIn(kStressedA, singular)) {
    return Gender::kMasculine;
  }
  return GenderOfSpanishNoun(next);
}

}  // namespace

Gender GenderOfSpanishCount(const Reader& reader, size_t begin, size_t end, uint64_t value) {
  constexpr int kMaxLinks = 2;
  return GenderOfCount(reader, begin, end, value, kMaxLinks);
}

}  // namespace kani::text
