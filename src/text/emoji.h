// Emoji as words.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// Puts the name of each emoji in its place, between commas: "a party popper" for what shows one.
/// Names are those of CLDR; flags have that of their country. Tones of skin are not named, and of a
/// family or a trade only the first sign that has a name. An emoji without a name, and all of them
/// in a language without names, stay as they are.
/// @param language base language. REQUIRES: valid UTF-8.
std::string WithEmojiNames(std::string_view text, std::string_view language);

/// Without the blanks between a word and emoji that only a mark or the end of the line follows, so
/// that "We won 🎉!" is "We won!" once the emoji is dropped.
std::string WithoutBlanksBeforeEmoji(std::string_view text);

}  // namespace kani::text
