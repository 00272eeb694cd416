#pragma once

#include "text/language_tables.h"

namespace kani::text {

/// What Spanish knows besides how it counts.
const LanguageTables& SpanishTables();

/// Parts of them, a file each.
std::span<const Unit> SpanishUnits();
std::span<const Currency> SpanishCurrencies();
std::span<const Abbreviation> SpanishAbbreviations();
NumberCues SpanishNumberCues();
RomanCues SpanishRomanCues();

}  // namespace kani::text
