// Byte pair encoding of one piece of text: merges the pair of lowest rank, leftmost first, until no
// pair has a merge.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/tokenizer_file.h"

namespace kani::text {

/// Immutable after construction; thread-safe.
class Bpe {
 public:
  /// Throws kInvalidFile unless all 256 bytes are in the vocabulary: then no text is unknown.
  explicit Bpe(const model::TokenizerFile& file);

  /// Appends the ids of `piece`. O(n log n) for n bytes.
  void Encode(std::string_view piece, std::vector<int32_t>& ids) const;

 private:
  struct Merge {
    int32_t rank;
    int32_t id;
  };
  /// Null if the two do not merge.
  const Merge* FindMerge(int32_t left, int32_t right) const;

  std::array<int32_t, 256> byte_ids_;
  std::unordered_map<uint64_t, Merge> merges_;
  /// Only with ignore_merges: the whole vocabulary, in the byte alphabet.
  std::unordered_map<std::string, int32_t> whole_pieces_;
};

}  // namespace kani::text
