#include "text/cuts.h"

#include <unicode/brkiter.h>
#include <unicode/filteredbrk.h>
#include <unicode/utext.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "text/icu_error.h"
#include "text/no_cuts.h"
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
  explicit Impl(std::string_view language) : language_(language), locale_(language_.c_str()) {}

  Cuts Find(Border border, std::string_view text) {
    switch (border) {
      case Border::kSentence:
        return Without(SentenceCuts(text), text,
                       [this, text](size_t cut) { return IsInsideSentence(text, cut, language_); });
      case Border::kClause:
        return Without(ClauseCuts(text), text,
                       [text](size_t cut) { return IsInsideNumber(text, cut); });
      case Border::kPhrase:
        return Without(Find(Border::kWord, text), text, [text](size_t cut) {
          return IsInsideNumber(text, cut) || IsInsideName(text, cut);
        });
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

  /// The last cut always stays.
  template <typename IsBad>
  static Cuts Without(Cuts cuts, std::string_view text, IsBad is_bad) {
    std::erase_if(cuts, [&](size_t cut) { return cut < text.size() && is_bad(cut); });
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

  /// Languages without rules of ours have CLDR's list of abbreviations. Where IsInsideSentence
  /// knows them, that list does more harm than good: it has "up." and "is.", and ends words like
  /// "Finch." with "ch.".
  icu::BreakIterator& Sentences() {
    if (sentences_) return *sentences_;
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> plain(
        icu::BreakIterator::createSentenceInstance(locale_, status));
    RequireIcu(status, "sentence iterator");
    if (FindVerbaliser(language_) != nullptr || language_.empty()) {
      sentences_ = std::move(plain);
      return *sentences_;
    }
    std::unique_ptr<icu::FilteredBreakIteratorBuilder> builder(
        icu::FilteredBreakIteratorBuilder::createInstance(locale_, status));
    if (status == U_MISSING_RESOURCE_ERROR) {  // CLDR lists no abbreviations for this language
      status = U_ZERO_ERROR;
      builder.reset(icu::FilteredBreakIteratorBuilder::createEmptyInstance(status));
    }
    RequireIcu(status, "sentence filter");
    sentences_.reset(builder->build(plain.release(), status));
    RequireIcu(status, "sentence filter");
    return *sentences_;
  }

  /// ICU's, and those before a dash with which somebody else begins to speak, which it takes for a
  /// dash inside a sentence: "—Ya. —¿Sí?".
  Cuts SentenceCuts(std::string_view text) {
    Cuts cuts = IcuCuts(Sentences(), text);
    Cuts speakers;
    constexpr std::string_view kDash = "—";
    for (size_t at = text.find(kDash); at != std::string_view::npos;
         at = text.find(kDash, at + 1)) {
      if (StartsSpeech(text, at, at + kDash.size())) speakers.push_back(at);
    }
    if (speakers.empty()) return cuts;
    Cuts all;
    std::ranges::set_union(cuts, speakers, std::back_inserter(all));
    return all;
  }

  static bool StartsSpeech(std::string_view text, size_t begin, size_t end) {
    const char32_t next = DecodeAt(text, end).value;
    if (begin < 2 || text[begin - 1] != ' ' || !(IsUpper(next) || next == U'¿' || next == U'¡')) {
      return false;
    }
    constexpr std::u32string_view kEnds = U".!?…»”\")";
    return kEnds.find(DecodeBefore(text, begin - 1).value) != std::u32string_view::npos;
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

  std::string language_;
  icu::Locale locale_;
  std::unique_ptr<icu::BreakIterator> sentences_, words_, graphemes_;
};

Cutter::Cutter(std::string_view language) : impl_(std::make_unique<Impl>(language)) {}
Cutter::~Cutter() = default;
Cutter::Cutter(Cutter&&) noexcept = default;

Cuts Cutter::Find(Border border, std::string_view text) { return impl_->Find(border, text); }

}  // namespace kani::text
