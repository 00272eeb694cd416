// What a Spanish noun asks of the number that counts it.
#pragma once

#include <cstdint>
#include <string_view>

#include "text/language_tables.h"
#include "text/reader.h"

namespace kani::text {

Gender GenderOfSpanishNoun(std::string_view noun);
/// Gender of what is counted by the number at [begin, end); kNone where nothing is.
Gender GenderOfSpanishCount(const Reader& reader, size_t begin, size_t end, uint64_t value);
/// A masculine noun in the singular: what shortens "primero" and "tercero".
bool IsMasculineSingular(std::string_view word);

}  // namespace kani::text
