// Characters that stand for others: damage and decoration of ordinary text.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// Ordinary letters for ligatures ("ﬁ"), styled letters and digits (mathematical, circled,
/// full-width), and for UTF-8 that was read as Latin-1 or Windows-1252 ("cafÃ©", "donâ€™t").
/// Superscripts and fractions stay: they are numbers. All else stays byte for byte.
/// REQUIRES: valid UTF-8.
std::string WithPlainCharacters(std::string_view text);

}  // namespace kani::text
