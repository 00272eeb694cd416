#include "text/sentences.h"

#include <unicode/brkiter.h>
#include <unicode/filteredbrk.h>
#include <unicode/utext.h>

#include <memory>
#include <utility>

#include "base/error.h"
#include "text/icu_error.h"
#include "text/unicode.h"
#include "text/verbaliser.h"

namespace kani::text {
namespace {

constexpr int kParagraphPauseMs = 500;
constexpr int kSentencePauseMs = 200;
constexpr int kClausePauseMs = 100;
constexpr size_t kMinChunkCharacters = 20;

/// Where a text may be cut, from the best to the last resort.
enum class Border { kSentence, kClause, kWord, kGrapheme, kCodePoint };

/// Byte offsets behind each piece; the last one is the size of the text.
using Cuts = std::vector<size_t>;

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

/// Holds the iterators of one call: making one costs more than running it over a sentence.
class Cutter {
 public:
  explicit Cutter(std::string_view language)
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

 private:
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

size_t CountCharacters(std::string_view text) {
  size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  return count;
}

std::string_view TrimmedRight(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = DecodeBefore(text, text.size());
    if (!IsSpace(c.value)) break;
    text.remove_suffix(c.bytes);
  }
  return text;
}

std::string_view Trimmed(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = DecodeAt(text, 0);
    if (!IsSpace(c.value)) break;
    text.remove_prefix(c.bytes);
  }
  return TrimmedRight(text);
}

int PauseMs(Border border) {
  if (border == Border::kSentence) return kSentencePauseMs;
  return border == Border::kClause ? kClausePauseMs : 0;
}

class Packer {
 public:
  Packer(std::string_view language, size_t max_characters)
      : cutter_(language), max_characters_(max_characters) {}

  /// Packs a paragraph on one line.
  void AddParagraph(std::string_view paragraph) {
    Pack(paragraph, Border::kSentence);
    if (!chunks_.empty()) chunks_.back().pause_after_ms = kParagraphPauseMs;
  }

  std::vector<TextChunk> Take() {
    if (!chunks_.empty()) chunks_.back().pause_after_ms = 0;
    return std::move(chunks_);
  }

 private:
  /// Joins neighbouring pieces as long as they fit; a piece that alone does not fit is cut at the
  /// next weaker border.
  void Pack(std::string_view text, Border border) {
    size_t begin = 0;
    size_t end = 0;     // of what is joined so far
    size_t joined = 0;  // characters in [begin, end)
    const auto flush = [&] {
      Emit(text.substr(begin, end - begin), border);
      begin = end;
      joined = 0;
    };
    for (const size_t cut : cutter_.Find(border, text)) {
      const std::string_view piece = text.substr(end, cut - end);
      const size_t characters = CountCharacters(piece);
      // Blanks at the cut go away, so they do not count against the limit.
      const size_t blanks = characters - CountCharacters(TrimmedRight(piece));
      if (joined > 0 && joined + characters - blanks > max_characters_) flush();
      if (characters - blanks > max_characters_ && border != Border::kCodePoint) {
        Pack(piece, static_cast<Border>(static_cast<int>(border) + 1));
        if (!chunks_.empty()) chunks_.back().pause_after_ms = PauseMs(border);
        begin = end = cut;
        continue;
      }
      end = cut;
      joined += characters;
    }
    flush();
  }

  void Emit(std::string_view text, Border border) {
    text = Trimmed(text);
    if (!text.empty()) chunks_.push_back({std::string(text), PauseMs(border)});
  }

  Cutter cutter_;
  size_t max_characters_;
  std::vector<TextChunk> chunks_;
};

bool IsLineBreak(char32_t c) {
  return c == '\n' || c == '\r' || c == U'\u0085' || c == U'\u2028' || c == U'\v' || c == U'\f';
}

/// Calls `add` with each paragraph, its line breaks turned into blanks. A paragraph ends at a blank
/// line or at U+2029.
template <typename Add>
void ForEachParagraph(std::string_view text, Add add) {
  std::string paragraph;
  std::string blanks;  // white space not yet known to be inside a paragraph
  int lines = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint c = DecodeAt(text, at);
    if (IsSpace(c.value)) {
      const bool is_crlf = c.value == '\n' && at > 0 && text[at - 1] == '\r';
      if (c.value == U'\u2029') {
        lines = 2;
      } else if (IsLineBreak(c.value)) {
        lines += is_crlf ? 0 : 1;
      }
      if (lines == 0) blanks += text.substr(at, c.bytes);
      at += c.bytes;
      continue;
    }
    if (lines >= 2) {
      if (!paragraph.empty()) add(paragraph);
      paragraph.clear();
    } else if (!paragraph.empty()) {
      paragraph += lines == 1 ? " " : blanks;
    }
    blanks.clear();
    lines = 0;
    paragraph += text.substr(at, c.bytes);
    at += c.bytes;
  }
  if (!paragraph.empty()) add(paragraph);
}

}  // namespace

std::vector<TextChunk> SplitText(std::string_view text, std::string_view language,
                                 size_t max_characters) {
  if (max_characters < kMinChunkCharacters) {
    Fail(ErrorCode::kInvalidArgument, "chunk of text: ", max_characters,
         " characters, expected at least ", kMinChunkCharacters);
  }
  RequireUtf8(text);
  Packer packer(language, max_characters);
  ForEachParagraph(text, [&](std::string_view paragraph) { packer.AddParagraph(paragraph); });
  return packer.Take();
}

}  // namespace kani::text
