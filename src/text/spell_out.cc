#include "text/spell_out.h"

#include <unicode/rbnf.h>

#include "base/error.h"

namespace kani::text {

struct SpellOut::Impl {
  Impl(const char* locale, UErrorCode& status)
      : format(icu::URBNF_SPELLOUT, icu::Locale(locale), status) {}
  icu::RuleBasedNumberFormat format;
};

SpellOut::SpellOut(const char* locale) {
  UErrorCode status = U_ZERO_ERROR;
  impl_ = std::make_unique<Impl>(locale, status);
  if (U_FAILURE(status)) {
    Fail(ErrorCode::kInternal, "ICU spell-out rules for '", locale, "': ", u_errorName(status));
  }
}

SpellOut::~SpellOut() = default;

std::string SpellOut::Words(uint64_t value, const char* rule_set) const {
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString words;
  icu::FieldPosition ignored;
  impl_->format.format(static_cast<int64_t>(value), icu::UnicodeString::fromUTF8(rule_set), words,
                       ignored, status);
  if (U_FAILURE(status)) {
    Fail(ErrorCode::kInternal, "ICU rule set ", rule_set, ": ", u_errorName(status));
  }
  // CLDR marks hyphenation points inside long words.
  words.findAndReplace(icu::UnicodeString(u'\u00AD'), icu::UnicodeString());
  std::string out;
  return words.toUTF8String(out);
}

}  // namespace kani::text
