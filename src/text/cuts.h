// Where a text may be cut, from the best places to the last resort.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace kani::text {

enum class Border {
  kSentence,
  kClause,
  kPhrase,  ///< between words, but not inside a number or a name
  kWord,
  kGrapheme,
  kCodePoint
};

/// Byte offsets behind each piece, rising; the last one is the size of the text. Empty for no text.
using Cuts = std::vector<size_t>;

/// Holds ICU's iterators: making one costs more than running it over a sentence. Not thread-safe.
class Cutter {
 public:
  /// @param language base language of the break rules, "" for those that all share.
  explicit Cutter(std::string_view language);
  ~Cutter();
  Cutter(Cutter&&) noexcept;

  /// REQUIRES: valid UTF-8 on one line: a line break ends a sentence.
  Cuts Find(Border border, std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kani::text
