#pragma once

#include "text/language_tables.h"

namespace kani::text {

/// What English knows besides how it counts.
const LanguageTables& EnglishTables();

}  // namespace kani::text
