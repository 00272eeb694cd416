#include "text/cuts.h"

#include <unicode/brkiter.h>
#include <unicode/filteredbrk.h>
#include <unicode/utext.h>

#include <string>

#include "text/icu_error.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

/// Cuts of an ICU iterator over UTF-8 without a copy.
Cuts IcuCuts(icu::BreakIterator& iterator, std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  UText* utext = utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &status);
  const std::unique_ptr<UText, UText* (*)(UText*)> closer(utext, utext_close);
  iterator.setText(utext, status);
  RequireIcu(status, "break iterator");
  Cuts cuts;
  for (int32_t at = iterator.first(); at != icu::BreakIterator::DONE; at = iterator.next()) {
    if (at > 0) cuts.push_back(static_cast<size_t>(at));
  }
  return cuts;
}

}  // namespace

struct Cutter::Impl {
  explicit Impl(std::string_view language)
      : locale_(std::string(language).c_str()), verbaliser_(FindVerbaliser(language)) {}

  Cuts Find(Border border, std::string_view text) {
    switch (border) {
      case Border::kSentence:
        return IcuCuts(Sentences(), text);
      case Border::kClause:
        return ClauseCuts(text);
      case Border::kWord:
        return IcuCuts(Iterator(words_, icu::BreakIterator::createLineInstance), text);
      case Border::kGrapheme:
        return IcuCuts(Iterator(graphemes_, icu::BreakIterator::createCharacterInstance), text);
      case Border::kCodePoint:
        break;
    }
    Cuts cuts;
    for (size_t at = 0; at < text.size();) {
      at += DecodeAt(text, at).bytes;
      cuts.push_back(at);
    }
    return cuts;
  }

  using Make = icu::BreakIterator* (*)(const icu::Locale&, UErrorCode&);

  icu::BreakIterator& Iterator(std::unique_ptr<icu::BreakIterator>& iterator, Make make) {
    if (!iterator) {
      UErrorCode status = U_ZERO_ERROR;
      iterator.reset(make(locale_, status));
      RequireIcu(status, "break iterator");
    }
    return *iterator;
  }

  /// CLDR's list of abbreviations of the locale, ours, and initials ("J. R. R.") do not end a
  /// sentence.
  icu::BreakIterator& Sentences() {
    if (sentences_) return *sentences_;
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::FilteredBreakIteratorBuilder> builder(
        icu::FilteredBreakIteratorBuilder::createInstance(locale_, status));
    if (status == U_MISSING_RESOURCE_ERROR) {  // CLDR lists no abbreviations for this language
      status = U_ZERO_ERROR;
      builder.reset(icu::FilteredBreakIteratorBuilder::createEmptyInstance(status));
    }
    RequireIcu(status, "sentence filter");
    for (char16_t initial = u'A'; initial <= u'Z'; ++initial) {
      // "So do I. Then": the pronoun may end one.
      if (initial == u'I') continue;
      const char16_t written[] = {initial, u'.'};
      builder->suppressBreakAfter(icu::UnicodeString(written, 2), status);
    }
    if (verbaliser_ != nullptr) {
      for (const Abbreviation& abbreviation : verbaliser_->tables().abbreviations) {
        const bool leads = abbreviation.follows != Follows::kNoLetter;
        if (!leads || !abbreviation.written.ends_with('.')) continue;
        builder->suppressBreakAfter(
            icu::UnicodeString::fromUTF8(icu::StringPiece(
                abbreviation.written.data(), static_cast<int32_t>(abbreviation.written.size()))),
            status);
      }
    }
    std::unique_ptr<icu::BreakIterator> plain(
        icu::BreakIterator::createSentenceInstance(locale_, status));
    RequireIcu(status, "sentence iterator");
    sentences_.reset(builder->build(plain.release(), status));
    RequireIcu(status, "sentence filter");
    return *sentences_;
  }

  static Cuts ClauseCuts(std::string_view text) {
    Cuts cuts;
    for (size_t at = 0; at < text.size();) {
      const CodePoint c = DecodeAt(text, at);
      at += c.bytes;
      const char32_t next = DecodeAt(text, at).value;
      const bool is_mark = c.value == ',' || c.value == ';' || c.value == ':';
      const bool is_dash = c.value == U'—' || c.value == U'–' || c.value == U'…';
      const bool is_wide = c.value == U'、' || c.value == U'，' || c.value == U'；' ||
                           c.value == U'：' || c.value == U'。';
      const bool ends = is_wide || c.value == U'—' || ((is_mark || is_dash) && IsSpace(next));
      if (ends && at < text.size()) cuts.push_back(at);
    }
    if (!text.empty()) cuts.push_back(text.size());
    return cuts;
  }

  icu::Locale locale_;
  const Verbaliser* verbaliser_;  // nullptr where ICU's own list has to do
  std::unique_ptr<icu::BreakIterator> sentences_, words_, graphemes_;
};

Cutter::Cutter(std::string_view language) : impl_(std::make_unique<Impl>(language)) {}
Cutter::~Cutter() = default;
Cutter::Cutter(Cutter&&) noexcept = default;

Cuts Cutter::Find(Border border, std::string_view text) { return impl_->Find(border, text); }

}  // namespace kani::text
