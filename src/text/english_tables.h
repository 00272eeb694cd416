#pragma once

#include "text/language_tables.h"

namespace kani::text {

/// What English knows besides how it counts.
const LanguageTables& EnglishTables();
/// The same with days before months in dates of digits.
const LanguageTables& BritishEnglishTables();

/// Parts of them, a file each.
std::span<const Unit> EnglishUnits();
std::span<const Currency> EnglishCurrencies();
std::span<const Abbreviation> EnglishAbbreviations();
NumberCues EnglishNumberCues();
RomanCues EnglishRomanCues();

}  // namespace kani::text
