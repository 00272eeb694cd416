#include "text/normalizer.h"

#include "text/reader.h"
#include "text/rules.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

std::optional<Expansion> FirstMatch(const Reader& reader, size_t at, const Verbaliser& verbaliser) {
  const char32_t first = reader.At(at);
  if (IsSpace(first)) return {};
  for (const Rule rule : RulesFor(first)) {
    if (auto expansion = rule(reader, at, verbaliser)) return expansion;
  }
  return {};
}

/// Words never touch a word, and never the comma of a list of digits ("1,2").
bool NeedsBlankAfter(char32_t c) { return IsWordCharacter(c) || c == ',' || c == ';' || c == ':'; }

/// Behind the letters at `at`, or behind one character of another kind.
size_t CopyEnd(const Reader& reader, size_t at) {
  size_t end = at;
  do {
    end += DecodeAt(reader.text(), end).bytes;
  } while (IsLetter(reader.Before(end)) && IsLetter(reader.At(end)));
  return end;
}

std::string Expand(std::string_view text, const Verbaliser& verbaliser) {
  const Reader reader(text);
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  bool after_words = false;  // the last thing written is an expansion
  for (size_t at = 0; at < text.size();) {
    const auto expansion = FirstMatch(reader, at, verbaliser);
    if (expansion) {
      if (!expansion->words.empty()) {
        if (NeedsBlankAfter(DecodeBefore(out, out.size()).value)) out += ' ';
        out += expansion->words;
      }
      at = expansion->end;
      after_words = true;
      continue;
    }
    const size_t end = CopyEnd(reader, at);
    if (after_words && IsWordCharacter(reader.At(at)) &&
        IsWordCharacter(DecodeBefore(out, out.size()).value)) {
      out += ' ';
    }
    out += reader.Slice(at, end);
    at = end;
    after_words = false;
  }
  return out;
}

}  // namespace

const std::vector<std::string>& KnownLanguages() {
  static const std::vector<std::string> languages{"en", "es"};
  return languages;
}

std::string BaseLanguage(std::string_view tag) {
  return std::string(tag.substr(0, tag.find_first_of("_-")));
}

std::string Normalize(std::string_view text, std::string_view language, const WarningSink& warn) {
  const std::string speakable = DropUnspeakable(text, warn);
  const Verbaliser* verbaliser = FindVerbaliser(language);
  return verbaliser == nullptr ? speakable : Expand(speakable, *verbaliser);
}

}  // namespace kani::text
