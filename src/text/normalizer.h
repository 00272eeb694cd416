// Written text to speakable words for English and Spanish: numbers, ordinals, currency, times,
// dates, units, common abbreviations, e-mail and web addresses.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace kani::text {

/// The base language of a model's tag: "en_us" -> "en". "" for an empty tag.
std::string BaseLanguage(std::string_view tag);

/// Base languages that Normalize knows; also the candidates where a model has no tags.
const std::vector<std::string>& KnownLanguages();

/// Text without anything to expand comes back byte for byte. Unknown base languages only have
/// unspeakable characters dropped. `text` is valid UTF-8; throws kInvalidArgument if it is not.
/// @param language base language, "en" or "es".
/// @param warn receives one line when characters were dropped.
std::string Normalize(std::string_view text, std::string_view language,
                      const WarningSink& warn = {});

/// Removes what cannot be spoken (control characters, emoji, private use, unpaired marks) and warns
/// once with the characters. What remains is untouched.
std::string DropUnspeakable(std::string_view text, const WarningSink& warn = {});

}  // namespace kani::text
