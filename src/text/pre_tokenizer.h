// Splits text into the pieces that BPE works on, by the regular expressions of tokenizer.json.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kani::text {

/// Immutable after construction; thread-safe.
class PreTokenizer {
 public:
  /// Each pattern splits the pieces that the one before has left; without one, a text is one piece.
  /// Throws kInvalidFile when a pattern does not compile.
  explicit PreTokenizer(std::span<const std::string> patterns);
  ~PreTokenizer();
  PreTokenizer(const PreTokenizer&) = delete;
  PreTokenizer& operator=(const PreTokenizer&) = delete;

  /// Matches and the gaps between them, none empty, in order and without a gap; views of `text`.
  /// Throws kResourceExhausted when the pattern backtracks without end.
  /// REQUIRES: valid UTF-8.
  std::vector<std::string_view> Split(std::string_view text) const;

 private:
  struct Regex;
  std::vector<std::unique_ptr<const Regex>> regexes_;
};

}  // namespace kani::text
