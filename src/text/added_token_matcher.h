// Finds added tokens ("<|im_end|>", "python") inside text before it is split, leftmost and longest
// first.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "model/tokenizer_file.h"

namespace kani::text {

/// A stretch of text: an added token, or (id -1) what stands between them.
struct Segment {
  std::string_view text;
  int32_t id = -1;
};

/// Immutable after construction; thread-safe.
class AddedTokenMatcher {
 public:
  /// `tokens` must outlive the matcher; their contents differ and are not empty.
  explicit AddedTokenMatcher(std::vector<const model::AddedToken*> tokens);

  /// Appends the segments of `text` in order. Time: length of the text x longest token, whatever
  /// the number of tokens. REQUIRES: valid UTF-8.
  void Split(std::string_view text, std::vector<Segment>& out) const;

 private:
  /// The longest token that `text` holds at byte `at`, or null.
  const model::AddedToken* LongestAt(std::string_view text, size_t at) const;

  std::vector<const model::AddedToken*> tokens_;  ///< by content
  /// tokens_[first_[b], first_[b + 1]) begin with byte b.
  std::array<size_t, 257> first_{};
};

}  // namespace kani::text
