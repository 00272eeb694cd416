// Learns the merges of a byte-level BPE from counted pieces of text: again and again the most
// frequent pair of neighbours becomes one token (Sennrich et al., arXiv 1508.07909). Knows nothing
// of special tokens' ids, patterns or files.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace kani::train {

/// Lets a string_view be looked up among strings.
struct PieceHash {
  using is_transparent = void;
  size_t operator()(std::string_view piece) const { return std::hash<std::string_view>()(piece); }
};
/// Pieces of text as bytes, and how often each occurs.
using PieceCounts = std::unordered_map<std::string, int64_t, PieceHash, std::equal_to<>>;

struct MergeRules {
  size_t max_tokens = 256;     ///< with the 256 bytes
  int64_t min_pair_count = 1;  ///< a pair that occurs less often does not merge
  /// Texts in the byte alphabet that no token may have.
  std::unordered_set<std::string> reserved;
};

struct LearnedMerges {
  /// In the byte alphabet: the 256 bytes in its order, then what each merge produced.
  std::vector<std::string> tokens;
  /// In rank order, as indices of tokens. The merge of rank r produces token 256 + r.
  std::vector<std::pair<int32_t, int32_t>> merges;
};

/// Stops at `max_tokens`, or earlier when no pair is left that may merge. Of pairs that occur
/// equally often the one goes first whose left token, then right token, is smaller byte by byte in
/// the byte alphabet: the result depends on `pieces` alone. In a run such as "aaa" both pairs
/// count, and the left one merges.
LearnedMerges LearnMerges(const PieceCounts& pieces, const MergeRules& rules);

}  // namespace kani::train
