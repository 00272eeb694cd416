#pragma once

#include "text/language_tables.h"

namespace kani::text {

/// What Spanish knows besides how it counts.
const LanguageTables& SpanishTables();

}  // namespace kani::text
