// Lines that are sentences of their own (of lists, headings, addresses) and lines that are only
// wrapped.
#pragma once

#include <string>
#include <string_view>

namespace kani::text {

/// What markup puts into a paragraph where a line ends for sure.
inline constexpr char kLineEnd = '\v';

/// The line with a full stop, unless it ends in punctuation already or has nothing to say.
std::string EndedLine(std::string_view line);

/// A paragraph whose lines are separated by "\n", each with a full stop where the line break ends a
/// sentence: at kLineEnd, and between the short capitalised lines of a list or a heading. A
/// paragraph that is only wrapped comes back unchanged.
std::string WithLineEnds(std::string_view paragraph);

}  // namespace kani::text
