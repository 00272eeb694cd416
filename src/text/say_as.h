// Words and numbers of which markup says how to read them.
#pragma once

#include <string>
#include <string_view>

#include "text/passage.h"

namespace kani::text {

/// The text of a passage with its parts said as it asks for. What is no number stays as it is
/// where one is asked for, and so does everything in a language without rules but characters.
/// @param language base language.
std::string WithSaidAs(const Passage& passage, std::string_view language);

}  // namespace kani::text
