// Places where a text must not be cut though marks and blanks say it may.
#pragma once

#include <cstddef>
#include <string_view>

namespace kani::text {

/// Whether a sentence goes on behind the end that ICU found at `cut`: after an initial or a title
/// ("J. R. R. Tolkien", "Sra. Paz"), before a small letter ("«¿Sí?» dijo"), before a mark that
/// closes.
/// @param language base language: in English "I" is an initial only in a name.
bool IsInsideSentence(std::string_view text, size_t cut, std::string_view language);

/// Whether the words on the two sides of `cut` are parts of one number ("two thousand, four").
bool IsInsideNumber(std::string_view text, size_t cut);

/// Whether they are parts of one name ("José de la Cruz") or of a word with a hyphen.
bool IsInsideName(std::string_view text, size_t cut);

}  // namespace kani::text
