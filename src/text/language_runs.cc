#include "text/language_runs.h"

#include <algorithm>

#include "base/error.h"
#include "text/cuts.h"
#include "text/language.h"
#include "text/lines.h"
#include "text/unicode.h"

namespace kani::text {
namespace {

/// Sentences of `text`, each with the blanks behind it. Only an empty line or U+2029 ends one that
/// has no full stop.
Cuts SentenceEnds(std::string_view text) {
  const std::string unwrapped = WithoutWraps(text);
  Cutter cutter("");
  return cutter.Find(Border::kSentence, unwrapped);
}

/// An empty line between paragraphs says nothing, in no language.
bool HasWords(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    if (IsWordCharacter(c.value)) return true;
    at += c.bytes;
  }
  return false;
}

}  // namespace

std::vector<LanguageRun> FindLanguageRuns(std::string_view text,
                                          std::span<const std::string> candidates,
                                          std::string_view fallback) {
  if (text.empty()) return {};
  if (candidates.size() == 1) return {{0, text.size(), candidates.front()}};
  std::vector<LanguageRun> sentences;
  size_t begin = 0;
  for (const size_t end : SentenceEnds(text)) {
    if (!sentences.empty() && !HasWords(text.substr(begin, end - begin))) {
      sentences.back().end = begin = end;
      continue;
    }
    const std::string* language = TellLanguage(text.substr(begin, end - begin), candidates);
    sentences.push_back({begin, end, language == nullptr ? std::string(fallback) : *language});
    begin = end;
  }
  const auto tells = [](const LanguageRun& sentence) { return !sentence.language.empty(); };
  const auto first = std::find_if(sentences.begin(), sentences.end(), tells);
  std::string language =
      first == sentences.end() ? DetectLanguage(text, candidates) : first->language;
  std::vector<LanguageRun> runs;
  for (const LanguageRun& sentence : sentences) {
    if (tells(sentence)) language = sentence.language;
    if (!runs.empty() && runs.back().language == language) {
      runs.back().end = sentence.end;
    } else {
      runs.push_back({sentence.begin, sentence.end, language});
    }
  }
  return runs;
}

}  // namespace kani::text
