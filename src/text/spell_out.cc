#include "text/spell_out.h"

#include <unicode/rbnf.h>

#include "text/icu_error.h"

namespace kani::text {

struct SpellOut::Impl {
  Impl(const char* locale, UErrorCode& status)
      : format(icu::URBNF_SPELLOUT, icu::Locale(locale), status) {}
  icu::RuleBasedNumberFormat format;
};

SpellOut::SpellOut(const char* locale) {
  UErrorCode status = U_ZERO_ERROR;
  impl_ = std::make_unique<Impl>(locale, status);
  RequireIcu(status, StrCat("spell-out rules for '", locale, "'"));
}

SpellOut::~SpellOut() = default;

std::string SpellOut::Words(uint64_t value, const char* rule_set) const {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString words;
  icu::FieldPosition ignored;
  impl_->format.format(static_cast<int64_t>(value), icu::UnicodeString::fromUTF8(rule_set), words,
                       ignored, status);
  RequireIcu(status, StrCat("rule set ", rule_set));
  // CLDR marks hyphenation points inside long words.
  words.findAndReplace(icu::UnicodeString(u'\u00AD'), icu::UnicodeString());
  std::string out;
  return words.toUTF8String(out);
}

}  // namespace kani::text
