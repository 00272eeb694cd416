// Splits text into the pieces that BPE works on, by the regular expression of tokenizer.json.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kani::text {

/// Immutable after construction; thread-safe.
class PreTokenizer {
 public:
  /// Throws kInvalidFile when the pattern does not compile.
  explicit PreTokenizer(const std::string& pattern);
  ~PreTokenizer();
  PreTokenizer(const PreTokenizer&) = delete;
  PreTokenizer& operator=(const PreTokenizer&) = delete;

  /// Matches and the gaps between them, none empty, in order and without a gap; views of `text`.
  /// Throws kResourceExhausted when the pattern backtracks without end.
  /// REQUIRES: valid UTF-8.
  std::vector<std::string_view> Split(std::string_view text) const;

 private:
  struct Regex;
  std::unique_ptr<Regex> regex_;
};

}  // namespace kani::text
