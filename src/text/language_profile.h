// By what a language is recognised: its common words, letters and endings.
#pragma once

#include <span>
#include <string_view>

namespace kani::text {

/// All text is lower case. Words, letters and endings that languages share are in none of them.
struct LanguageProfile {
  std::string_view language;
  std::span<const std::string_view> words;
  std::u32string_view letters;                ///< letters of this language only
  std::span<const std::string_view> endings;  ///< of words of five letters or more
  std::span<const std::string_view> inside;   ///< anywhere in a word
  std::span<const std::string_view> signs;    ///< anywhere, as written: marks and abbreviations
  bool comma_decimals = false;                ///< "3,50 €"
};

/// Every language that can be told from others.
std::span<const LanguageProfile> LanguageProfiles();
/// nullptr where there is none.
const LanguageProfile* FindProfile(std::string_view language);
/// @param word lower case.
bool IsCommonWord(const LanguageProfile& profile, std::string_view word);
/// "de la", "y": what links the parts of a name, in lower case.
bool IsNameLink(std::string_view word);
/// A word that no sentence ends with ("the", "de"). @param word lower case.
bool LeavesOpen(std::string_view word);
/// "los angeles": a place whose name tells nothing of the text around. @param words two, lower
/// case.
bool IsForeignPlace(std::string_view words);
/// A common word of any of them. @param word lower case.
bool IsFunctionWord(std::string_view word);

}  // namespace kani::text
