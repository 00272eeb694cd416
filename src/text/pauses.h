// Pauses that are written into running text: "[pause 1.5s]".
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "text/passage.h"

namespace kani::text {

/// Milliseconds of "1.5s", "300ms" or "2 s"; nothing for anything else.
std::optional<int64_t> ParseDurationMs(std::string_view written);

/// The text around its pauses. Passages may be blank; the last has no pause unless the text ends in
/// one. What only looks like a pause stays. Throws kInvalidArgument for one of more than a minute.
std::vector<Passage> SplitAtPauses(std::string_view text);

}  // namespace kani::text
