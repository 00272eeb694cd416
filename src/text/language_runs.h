// Which sentences of a text are in which language.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kani::text {

/// Neighbouring sentences of one language.
struct LanguageRun {
  size_t begin = 0;      ///< byte of the text
  size_t end = 0;        ///< behind the blanks that follow its last sentence
  std::string language;  ///< one of the candidates
};

/// Sentences whose words tell are in their language, whatever a word or two of another says. Those
/// whose words do not are in `fallback`, else in the language of the sentence before, else of the
/// one behind, else in the likeliest of the whole text (DetectLanguage).
/// @param candidates base languages. REQUIRES: not empty.
/// @param fallback one of them, such as the language of a voice; "" for none.
/// @return runs that cover the text; none for an empty one.
std::vector<LanguageRun> FindLanguageRuns(std::string_view text,
                                          std::span<const std::string> candidates,
                                          std::string_view fallback);

}  // namespace kani::text
