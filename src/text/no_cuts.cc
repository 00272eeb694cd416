#include "text/no_cuts.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "text/language_profile.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

// Before a name or a number, in either language; in lower case and without the period.
constexpr std::string_view kTitles[] = {
    "mr",   "mrs",   "ms",    "mx",   "dr",    "drs", "prof", "profa", "rev",  "revd",
    "rvdo", "msgr",  "mgr",   "mons", "hon",   "gov", "sen",  "rep",   "supt", "insp",
    "capt", "cpt",   "maj",   "lt",   "lieut", "sgt", "sgto", "cpl",   "pvt",  "gral",
    "cmdr", "brig",  "st",    "ste",  "sto",   "sta", "vs",   "viz",   "sr",   "sra",
    "sres", "sras",  "srta",  "dra",  "dña",   "lic", "ing",  "arq",   "cnel", "tte",
    "pdte", "excmo", "excma", "ilmo", "ilma",  "hno", "hna",  "hnos",  "pbro", "emmo",
    "avda", "pza",   "ud",    "vd",   "e.g",   "i.e", "p.ej", "ej",    "esq",  "fr",
    "col",  "gen",   "adm",   "pres", "amb",   "mme", "mlle", "jr",    "cía",  "ee",
    "uu",   "cf",    "c.f",   "vol",  "vols",  "núm", "núms", "pág",   "págs", "tel"};
// Words of their own, unless a number follows.
constexpr std::string_view kCounted[] = {"art", "arts", "fig", "figs", "cap", "no", "nos",
                                         "ch",  "sec",  "pp",  "ed",   "p",   "av", "apt"};

// Titles where they are capitalised, words of their own elsewhere.
constexpr std::string_view kCapitalisedTitles[] = {"Cap", "Det", "Pte", "Com", "Dir", "Mt", "Ft"};

constexpr std::string_view kNumberWords[] = {
    "zero",          "oh",          "one",         "two",
    "three",         "four",        "five",        "six",
    "seven",         "eight",       "nine",        "ten",
    "eleven",        "twelve",      "thirteen",    "fourteen",
    "fifteen",       "sixteen",     "seventeen",   "eighteen",
    "nineteen",      "twenty",      "thirty",      "forty",
    "fifty",         "sixty",       "seventy",     "eighty",
    "ninety",        "hundred",     "thousand",    "million",
    "billion",       "trillion",    "point",       "minus",
    "first",         "second",      "third",       "fourth",
    "fifth",         "sixth",       "seventh",     "eighth",
    "ninth",         "tenth",       "cero",        "uno",
    "dos",           "tres",        "cuatro",      "cinco",
    "seis",          "siete",       "ocho",        "nueve",
    "diez",          "once",        "doce",        "trece",
    "catorce",       "quince",      "dieciséis",   "diecisiete",
    "dieciocho",     "diecinueve",  "veinte",      "veintiuno",
    "veintiún",      "veintiuna",   "veintidós",   "veintitrés",
    "veinticuatro",  "veinticinco", "veintiséis",  "veintisiete",
    "veintiocho",    "veintinueve", "treinta",     "cuarenta",
    "cincuenta",     "sesenta",     "setenta",     "ochenta",
    "noventa",       "cien",        "ciento",      "doscientos",
    "doscientas",    "trescientos", "trescientas", "cuatrocientos",
    "cuatrocientas", "quinientos",  "quinientas",  "seiscientos",
    "seiscientas",   "setecientos", "setecientas", "ochocientos",
    "ochocientas",   "novecientos", "novecientas", "mil",
    "millón",        "millones",    "billón",      "billones",
    "coma",          "menos"};

constexpr size_t kMaxWordBytes = 48;  // longer than every word of the tables

template <size_t N>
bool IsOneOf(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool IsCloser(char32_t c) {
  return c == '"' || c == '\'' || c == ')' || c == ']' || c == U'”' || c == U'’' || c == U'»';
}

bool IsOpener(char32_t c) {
  return c == '"' || c == '\'' || c == '(' || c == '[' || c == U'“' || c == U'‘' || c == U'«' ||
         c == U'—' || c == U'–' || c == '-' || c == U'¿' || c == U'¡';
}

// A longer stretch of blanks or marks is not looked through, so that the work stays linear.
constexpr size_t kMaxStretchBytes = 64;

/// The end of the text before `at` without the characters that `drop` knows.
template <typename Drop>
size_t EndWithout(std::string_view text, size_t at, Drop drop) {
  const size_t bound = at > kMaxStretchBytes ? at - kMaxStretchBytes : 0;
  while (at > bound) {
    const CodePoint c = DecodeBefore(text, at);
    if (!drop(c.value)) break;
    at -= c.bytes;
  }
  return at;
}

template <typename Drop>
size_t BeginWithout(std::string_view text, size_t at, Drop drop) {
  const size_t bound = std::min(at + kMaxStretchBytes, text.size());
  while (at < bound) {
    const CodePoint c = DecodeAt(text, at);
    if (!drop(c.value)) break;
    at += c.bytes;
  }
  return at;
}

bool IsInWord(char32_t c) { return IsWordCharacter(c) || c == U'’' || c == '\''; }

/// Letters and digits that end at `at`, at most as many as a word of a table has.
std::string_view WordBefore(std::string_view text, size_t at) {
  const size_t bound = at > kMaxWordBytes ? at - kMaxWordBytes : 0;
  size_t begin = at;
  while (begin > bound && IsInWord(DecodeBefore(text, begin).value)) {
    begin -= DecodeBefore(text, begin).bytes;
  }
  return text.substr(begin, at - begin);
}

std::string_view WordAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && end - at < kMaxWordBytes && IsInWord(DecodeAt(text, end).value)) {
    end += DecodeAt(text, end).bytes;
  }
  return text.substr(at, end - at);
}

bool IsCapitalised(std::string_view word) { return IsUpper(DecodeAt(word, 0).value); }
bool IsOneCharacter(std::string_view word) {
  return !word.empty() && DecodeAt(word, 0).bytes == word.size();
}

/// The word before the one that begins at `begin`.
std::string_view PreviousWord(std::string_view text, size_t begin) {
  const size_t end = EndWithout(text, begin, IsSpace);
  return WordBefore(text, end > 0 && text[end - 1] == '.' ? end - 1 : end);
}

/// An abbreviation of the language that stands before something.
bool IsInTables(std::string_view written, std::string_view next, std::string_view language) {
  const Verbaliser* verbaliser = FindVerbaliser(language);
  if (verbaliser == nullptr) return false;
  return std::ranges::any_of(
      verbaliser->tables().abbreviations, [&](const Abbreviation& abbreviation) {
        const bool leads =
            abbreviation.follows == Follows::kCapital ||
            (abbreviation.follows == Follows::kNumber && IsDigit(DecodeAt(next, 0).value));
        return leads && abbreviation.written == written;
      });
}

bool IsNumberWord(std::string_view word) {
  const std::string lower = LowerCase(word);
  return IsDigit(DecodeAt(word, 0).value) || IsOneOf(kNumberWords, lower);
}

/// A period that belongs to the word before it, which ends at `end`.
/// @param next the word behind it.
bool IsAbbreviation(std::string_view text, size_t end, std::string_view next,
                    std::string_view language) {
  const std::string_view word = WordBefore(text, end);
  const size_t begin = end - word.size();
  if (IsOneCharacter(word) && IsUpper(DecodeAt(word, 0).value)) {
    // "So do I. Then": the pronoun may end a sentence, the initial of a name may not.
    const bool is_pronoun = word == "I" && language != "es";
    return !is_pronoun || IsCapitalised(PreviousWord(text, begin));
  }
  std::string lower = LowerCase(word);
  const bool has_more = begin > 1 && text[begin - 1] == '.';
  if (has_more) lower = LowerCase(WordBefore(text, begin - 1)) + "." + lower;
  return IsOneOf(kTitles, lower) || IsOneOf(kCapitalisedTitles, word) ||
         (IsNumberWord(next) && IsOneOf(kCounted, lower)) ||
         IsInTables(std::string(word) + ".", next, language);
}

/// The words on the two sides of a cut, and where they are.
struct Sides {
  std::string_view left, right;
  size_t left_begin = 0, right_end = 0;
  bool is_between_words = false;  // a blank is cut, with no mark but a comma before it
  bool has_comma = false;
};

Sides SidesOf(std::string_view text, size_t cut) {
  Sides sides;
  size_t end = EndWithout(text, cut, IsSpace);
  sides.is_between_words = end < cut;
  if (end > 0 && text[end - 1] == ',') {
    sides.has_comma = true;
    --end;
  }
  if (end > 0 && text[end - 1] == '.') --end;
  sides.left = WordBefore(text, end);
  sides.left_begin = end - sides.left.size();
  sides.right = WordAt(text, cut);
  sides.right_end = cut + sides.right.size();
  return sides;
}

/// The first word from `at` on that links no names ("de la"), looking at a few only.
std::string_view WordBehindLinks(std::string_view text, size_t at) {
  for (int links = 0; links < 3; ++links) {
    const std::string_view word = WordAt(text, at);
    if (!IsNameLink(word)) return word;
    at = BeginWithout(text, at + word.size(), IsSpace);
  }
  return {};
}

std::string_view WordBeforeLinks(std::string_view text, size_t end) {
  for (int links = 0; links < 3; ++links) {
    const std::string_view word = WordBefore(text, end);
    if (!IsNameLink(word)) return word;
    end = EndWithout(text, end - word.size(), IsSpace);
  }
  return {};
}

}  // namespace

bool IsInsideSentence(std::string_view text, size_t cut, std::string_view language) {
  if (cut == 0 || cut >= text.size()) return false;
  const char32_t next = DecodeAt(text, cut).value;
  const bool closes = IsCloser(next) && next != '"' && next != '\'';
  if (closes) return true;
  const size_t end = EndWithout(text, cut, IsSpace);
  if (end > 0 && text[end - 1] == '.' &&
      IsAbbreviation(text, end - 1, WordAt(text, cut), language)) {
    return true;
  }
  const size_t word = BeginWithout(text, cut, IsOpener);
  return IsLower(DecodeAt(text, word).value) && end > 0;
}

bool IsInsideNumber(std::string_view text, size_t cut) {
  if (cut == 0 || cut >= text.size()) return false;
  const Sides sides = SidesOf(text, cut);
  if (sides.left.empty() || sides.right.empty()) return false;
  if (IsNumberWord(sides.left) && IsNumberWord(sides.right)) return true;
  // "two hundred and four", "treinta y uno".
  const auto is_and = [](std::string_view word) { return word == "and" || word == "y"; };
  if (sides.has_comma) return false;
  if (is_and(sides.left)) {
    return IsNumberWord(PreviousWord(text, sides.left_begin)) && IsNumberWord(sides.right);
  }
  const size_t behind = BeginWithout(text, sides.right_end, IsSpace);
  return is_and(sides.right) && IsNumberWord(sides.left) && IsNumberWord(WordAt(text, behind));
}

bool IsInsideName(std::string_view text, size_t cut) {
  if (cut == 0 || cut >= text.size()) return false;
  const Sides sides = SidesOf(text, cut);
  if (!sides.is_between_words) {
    return text[cut - 1] == '-' && IsWordCharacter(DecodeAt(text, cut).value);
  }
  if (sides.has_comma || sides.left.empty() || sides.right.empty()) return false;
  const size_t end = sides.left_begin + sides.left.size();
  return IsCapitalised(WordBeforeLinks(text, end)) && IsCapitalised(WordBehindLinks(text, cut)) &&
         (IsCapitalised(sides.left) || IsNameLink(sides.left)) &&
         (IsCapitalised(sides.right) || IsNameLink(sides.right));
}

}  // namespace kani::text
