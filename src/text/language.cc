#include "text/language.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "text/language_profile.h"
#include "text/normalizer.h"
#include "text/reader.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// A common word says most, a letter of only one language nearly as much, spelling a little.
constexpr int kWordScore = 6;
constexpr int kLetterScore = 4;
constexpr int kSpellingScore = 1;
// A word or a letter tells; the spelling of one word is that of a name as often ("Blueberry").
constexpr int kTellingScore = kLetterScore;
constexpr int kMinMargin = 2;
// What follows the first page does not change the language.
constexpr size_t kMaxDetectionBytes = 4096;

bool IsInWord(char32_t c) { return IsLetter(c) || c == '\'' || c == U'’'; }

int SpellingScore(const LanguageProfile& profile, std::string_view word) {
  constexpr size_t kMinBytes = 3;  // "OK" is everybody's
  constexpr size_t kMinEndingBytes = 5;
  if (word.size() < kMinBytes) return 0;
  int score = 0;
  for (const std::string_view ending : profile.endings) {
    if (word.size() >= kMinEndingBytes && word.ends_with(ending)) score += kSpellingScore;
  }
  for (const std::string_view part : profile.inside) {
    if (word.find(part) != std::string_view::npos) score += kSpellingScore;
  }
  return score;
}

/// A word in lower case, its apostrophes straight.
struct Word {
  std::string text;
  bool is_capitalised = false;
  bool starts_sentence = false;  ///< only marks stand before it
};

std::vector<Word> WordsOf(std::string_view text) {
  std::vector<Word> words;
  bool in_word = false;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    at += c.bytes;
    if (!IsInWord(c.value)) {
      in_word = false;
      continue;
    }
    if (!in_word) words.push_back({{}, IsUpper(c.value), words.empty()});
    in_word = true;
    AppendUtf8(words.back().text, c.value == U'’' ? U'\'' : LowerCase(c.value));
  }
  return words;
}

/// "José Martínez de la Cruz" is called so in every language.
std::vector<bool> AreNames(const std::vector<Word>& words) {
  const auto is_capitalised = [&](size_t i) { return i < words.size() && words[i].is_capitalised; };
  std::vector<bool> names(words.size());
  for (size_t i = 0; i < words.size(); ++i) {
    names[i] = words[i].is_capitalised && (!words[i].starts_sentence || is_capitalised(i + 1));
  }
  // Small words that link two of them.
  constexpr size_t kMaxLinks = 2;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (!names[i] || words[i + 1].is_capitalised) continue;
    size_t next = i + 1;
    while (next < words.size() && next - i <= kMaxLinks && IsNameLink(words[next].text)) ++next;
    if (!is_capitalised(next)) continue;
    while (++i < next) names[i] = true;
    --i;
  }
  return names;
}

int WordScore(const LanguageProfile& profile, std::string_view word) {
  int score = IsCommonWord(profile, word) ? kWordScore : SpellingScore(profile, word);
  for (size_t at = 0; at < word.size();) {
    const CodePoint c = DecodeAt(word, at);
    at += c.bytes;
    if (profile.letters.find(c.value) != std::u32string_view::npos) score += kLetterScore;
  }
  return score;
}

/// "3,50 €", "15:30 h": amounts and times as they are written where the comma marks decimals.
bool WritesCommaDecimals(std::string_view text) {
  const Reader reader(text);
  for (size_t at = text.find_first_of(",:"); at != std::string_view::npos;
       at = text.find_first_of(",:", at + 1)) {
    if (!IsDigit(reader.Before(at)) || reader.DigitsEnd(at + 1) != at + 3) continue;
    const size_t sign_at = reader.SkipBlank(at + 3);
    if (text[at] == ',' ? reader.StartsWith(sign_at, "€")
                        : sign_at > at + 3 && reader.StartsWithWord(sign_at, "h")) {
      return true;
    }
  }
  return false;
}

/// What the signs say: "¿", "Nº".
int SignScore(const LanguageProfile& profile, std::string_view text) {
  int score = profile.comma_decimals && WritesCommaDecimals(text) ? kLetterScore : 0;
  for (const std::string_view sign : profile.signs) {
    if (text.find(sign) != std::string_view::npos) score += kLetterScore;
  }
  return score;
}

/// Drops places such as Los Angeles, whose words are of another language than those who say them.
void DropForeignPlaces(std::vector<Word>& words) {
  for (size_t i = 0; i + 1 < words.size();) {
    const bool is_place = IsForeignPlace(words[i].text + ' ' + words[i + 1].text);
    const auto at = words.begin() + static_cast<std::ptrdiff_t>(i);
    if (is_place) {
      words.erase(at, at + 2);
    } else {
      ++i;
    }
  }
}

/// What speaks for a language.
struct Evidence {
  int score = 0;
  int words = 0;  // that speak for it
};

/// Of each candidate. Texts of nothing but capitalised words (headlines) are taken by all of their
/// words.
std::vector<Evidence> Weigh(std::string_view text, std::span<const std::string> candidates) {
  std::vector<Word> words = WordsOf(text);
  DropForeignPlaces(words);
  std::vector<bool> names = AreNames(words);
  if (std::find(names.begin(), names.end(), false) == names.end()) {
    names.assign(words.size(), false);
  }
  std::vector<Evidence> weights;
  for (const std::string& candidate : candidates) {
    Evidence& evidence = weights.emplace_back();
    const LanguageProfile* profile = FindProfile(candidate);
    if (profile == nullptr) continue;
    evidence.score = SignScore(*profile, text);
    for (size_t i = 0; i < words.size(); ++i) {
      const int score = names[i] ? 0 : WordScore(*profile, words[i].text);
      evidence.score += score;
      evidence.words += score > 0 ? 1 : 0;
    }
  }
  return weights;
}

bool IsLess(const Evidence& a, const Evidence& b) { return a.score < b.score; }

std::string_view FirstPage(std::string_view text) {
  if (text.size() <= kMaxDetectionBytes) return text;
  size_t end = kMaxDetectionBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string ListOf(std::span<const std::string> tags) {
  std::string list;
  for (const std::string& tag : tags) list += (list.empty() ? "" : ", ") + tag;
  return list;
}

std::string WithUnderscores(std::string tag) {
  std::replace(tag.begin(), tag.end(), '-', '_');
  return tag;
}

const std::string* FindTag(std::span<const std::string> tags, std::string_view wanted) {
  const auto found = std::find_if(tags.begin(), tags.end(),
                                  [&](const std::string& tag) { return LowerCase(tag) == wanted; });
  return found == tags.end() ? nullptr : &*found;
}

const std::string* FirstOfBase(std::span<const std::string> tags, std::string_view base) {
  const auto found = std::find_if(tags.begin(), tags.end(), [&](const std::string& tag) {
    return BaseLanguage(LowerCase(tag)) == base;
  });
  return found == tags.end() ? nullptr : &*found;
}

/// Compatible spellings of what the user may type: "EN-US" for "en_us".
const std::string* FindNamed(const std::string& asked, std::span<const std::string> tags) {
  for (const std::string& spelling : {asked, WithUnderscores(asked)}) {
    if (const std::string* tag = FindTag(tags, spelling)) return tag;
  }
  return FirstOfBase(tags, asked);
}

std::string ResolveNamed(const std::string& asked, std::span<const std::string> tags) {
  if (const std::string* tag = FindNamed(asked, tags)) return LowerCase(*tag);
  if (!tags.empty()) {
    Fail(ErrorCode::kInvalidArgument, "language ", Quoted(asked),
         ": the model does not know it, expected auto or one of ", ListOf(tags));
  }
  if (FindProfile(asked) != nullptr) return "";
  std::vector<std::string> known;
  for (const LanguageProfile& profile : LanguageProfiles()) known.emplace_back(profile.language);
  Fail(ErrorCode::kInvalidArgument, "language ", Quoted(asked),
       ": the model has no language tags, expected auto or one of ", ListOf(known));
}

}  // namespace

std::string DetectLanguage(std::string_view text, std::span<const std::string> candidates) {
  KANI_DCHECK(!candidates.empty());
  const std::vector<Evidence> weights = Weigh(FirstPage(text), candidates);
  const auto best = std::max_element(weights.begin(), weights.end(), IsLess);
  return candidates[static_cast<size_t>(best - weights.begin())];
}

const std::string* TellLanguage(std::string_view sentence,
                                std::span<const std::string> candidates) {
  KANI_DCHECK(!candidates.empty());
  std::vector<Evidence> weights = Weigh(FirstPage(sentence), candidates);
  const auto best = std::max_element(weights.begin(), weights.end(), IsLess);
  const Evidence evidence = std::exchange(*best, {});
  const int margin =
      evidence.score - std::max_element(weights.begin(), weights.end(), IsLess)->score;
  const bool tells = margin >= kTellingScore || (margin >= kMinMargin && evidence.words >= 2);
  return tells ? &candidates[static_cast<size_t>(best - weights.begin())] : nullptr;
}

std::string TagOfBase(std::string_view base, std::span<const std::string> tags) {
  const std::string* tag = FirstOfBase(tags, base);
  KANI_DCHECK(tags.empty() || tag != nullptr);
  return tag == nullptr ? "" : LowerCase(*tag);
}

std::vector<std::string> CandidateLanguages(std::span<const std::string> tags) {
  if (tags.empty()) return KnownLanguages();
  std::vector<std::string> bases;
  for (const std::string& tag : tags) {
    const std::string base = BaseLanguage(LowerCase(tag));
    if (std::find(bases.begin(), bases.end(), base) == bases.end()) bases.push_back(base);
  }
  return bases;
}

bool IsKnownLanguage(std::string_view asked, std::span<const std::string> tags) {
  const std::string lower = LowerCase(asked);
  return tags.empty() ? FindProfile(lower) != nullptr : FindNamed(lower, tags) != nullptr;
}

std::string ResolveLanguage(std::string_view asked, std::span<const std::string> tags,
                            std::string_view text) {
  const std::string lower = LowerCase(asked);
  if (!lower.empty() && lower != "auto") return ResolveNamed(lower, tags);
  if (tags.empty()) return "";
  return TagOfBase(DetectLanguage(text, CandidateLanguages(tags)), tags);
}

}  // namespace kani::text
