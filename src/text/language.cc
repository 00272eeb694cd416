#include "text/language.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "text/language_profile.h"
#include "text/normalizer.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

// A common word says most, a letter of only one language nearly as much, spelling a little.
constexpr int kWordScore = 6;
constexpr int kLetterScore = 4;
constexpr int kSpellingScore = 1;
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

int Score(const LanguageProfile& profile, std::string_view lower) {
  int score = 0;
  std::string word;
  const auto finish_word = [&] {
    if (word.empty()) return;
    const bool is_common =
        std::find(profile.words.begin(), profile.words.end(), word) != profile.words.end();
    score += is_common ? kWordScore : SpellingScore(profile, word);
    word.clear();
  };
  for (size_t at = 0; at < lower.size();) {
    const CodePoint c = DecodeAt(lower, at);
    at += c.bytes;
    if (profile.letters.find(c.value) != std::u32string_view::npos) score += kLetterScore;
    if (IsInWord(c.value)) {
      AppendUtf8(word, c.value == U'’' ? U'\'' : c.value);
    } else {
      finish_word();
    }
  }
  finish_word();
  return score;
}

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
std::string ResolveNamed(const std::string& asked, std::span<const std::string> tags) {
  for (const std::string& spelling : {asked, WithUnderscores(asked)}) {
    if (const std::string* tag = FindTag(tags, spelling)) return LowerCase(*tag);
  }
  if (const std::string* tag = FirstOfBase(tags, asked)) return LowerCase(*tag);
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
  const std::string lower = LowerCase(FirstPage(text));
  const std::string* best = &candidates.front();
  int best_score = 0;
  for (const std::string& candidate : candidates) {
    const LanguageProfile* profile = FindProfile(candidate);
    const int score = profile == nullptr ? 0 : Score(*profile, lower);
    if (score > best_score) {
      best = &candidate;
      best_score = score;
    }
  }
  return *best;
}

std::string ResolveLanguage(std::string_view asked, std::span<const std::string> tags,
                            std::string_view text) {
  const std::string lower = LowerCase(asked);
  if (!lower.empty() && lower != "auto") return ResolveNamed(lower, tags);
  if (tags.empty()) return "";
  std::vector<std::string> bases;
  for (const std::string& tag : tags) {
    const std::string base = BaseLanguage(LowerCase(tag));
    if (std::find(bases.begin(), bases.end(), base) == bases.end()) bases.push_back(base);
  }
  return LowerCase(*FirstOfBase(tags, DetectLanguage(text, bases)));
}

}  // namespace kani::text
