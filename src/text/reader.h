// The written text as the rules see it: what stands at, before and after a place. Every answer but
// DigitsEnd looks at a bounded stretch, so that a rule tried everywhere stays linear.
#pragma once

#include <cstddef>
#include <string_view>

#include "text/unicode.h"

namespace kani::text {

/// Positions are byte offsets at the border of a code point. Does not own the text.
class Reader {
 public:
  /// REQUIRES: valid UTF-8.
  explicit Reader(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  size_t size() const { return text_.size(); }
  std::string_view Slice(size_t begin, size_t end) const {
    return text_.substr(begin, end - begin);
  }
  char32_t At(size_t at) const { return DecodeAt(text_, at).value; }
  char32_t Before(size_t at) const { return DecodeBefore(text_, at).value; }
  bool DigitAt(size_t at) const { return at < text_.size() && IsDigit(text_[at]); }
  size_t DigitsEnd(size_t at) const;

  bool StartsWith(size_t at, std::string_view written) const {
    return text_.substr(at, written.size()) == written;
  }
  /// As StartsWith, and no letter or digit follows.
  bool StartsWithWord(size_t at, std::string_view written) const;
  /// True when the characters on the two sides of `at` do not belong to one word.
  bool WordBorder(size_t at) const;
  /// Behind one blank (a space, no-break or narrow no-break space), or `at` where there is none.
  size_t SkipBlank(size_t at) const;
  /// Before one blank that ends at `at`, or `at`.
  size_t SkipBlankBack(size_t at) const;
  /// Nothing but blanks stands between the start of the line and `at`; behind it, its end.
  bool StartsLine(size_t at) const;
  bool EndsLine(size_t at) const;
  /// Where a slice of the text begins.
  size_t BeginOf(std::string_view slice) const {
    return static_cast<size_t>(slice.data() - text_.data());
  }
  /// Letters from `at` on; "" when there is none or when it is longer than any word of a table.
  std::string_view WordAt(size_t at) const;
  /// Letters that end at `at`, or one blank before it.
  std::string_view WordBefore(size_t at) const;
  /// Digits that end at `at`, or one blank before it; bounded as words are.
  std::string_view DigitsBefore(size_t at) const;

 private:
  std::string_view text_;
};

}  // namespace kani::text
