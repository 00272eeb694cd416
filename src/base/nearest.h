// "Did you mean": the known word that a misspelt one resembles most.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace kani {

/// Fewest insertions, deletions and replacements of a byte that turn `from` into `to`.
int64_t EditDistance(std::string_view from, std::string_view to);

/// The known word with the smallest distance, the first one of several. REQUIRES: one is known.
std::string_view Nearest(std::string_view word, std::span<const std::string> known);

}  // namespace kani
