#include "train/tokenizer/merge_learner.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <queue>
#include <utility>

#include "text/byte_alphabet.h"

namespace kani::train {
namespace {

struct Piece {
  std::vector<int32_t> tokens;
  int64_t count;
};

struct PairUse {
  int64_t count = 0;
  std::vector<size_t> pieces;  ///< where it occurs, or did before an earlier merge
};

using PairKey = std::pair<int32_t, int32_t>;
struct PairHash {
  size_t operator()(const PairKey& pair) const {
    return std::hash<uint64_t>()(static_cast<uint64_t>(pair.first) << 32 |
                                 static_cast<uint32_t>(pair.second));
  }
};

class Learner {
 public:
  Learner(const PieceCounts& pieces, const MergeRules& rules) : rules_(rules) {
    std::array<int32_t, 256> byte_tokens{};
    AddBytes(byte_tokens);
    pieces_.reserve(pieces.size());
    for (const auto& [bytes, count] : pieces) {
      Piece& piece = pieces_.emplace_back();
      piece.count = count;
      for (const char byte : bytes) {
        piece.tokens.push_back(byte_tokens[static_cast<unsigned char>(byte)]);
      }
      CountPairs(pieces_.size() - 1, std::nullopt);
    }
    for (const auto& [pair, use] : pairs_) candidates_.push({use.count, pair});
  }

  LearnedMerges Learn() {
    while (out_.tokens.size() < rules_.max_tokens && !candidates_.empty()) {
      const Candidate best = candidates_.top();
      candidates_.pop();
      // While a pair waits, others take some of its occurrences: its count can only have fallen.
      const int64_t count = pairs_[best.pair].count;
      if (count < rules_.min_pair_count) continue;
      if (count < best.count) {
        candidates_.push({count, best.pair});
      } else if (std::string text = Text(best.pair.first) + Text(best.pair.second);
                 !rules_.reserved.contains(text)) {
        Merge(best.pair, std::move(text));
      }
    }
    return std::move(out_);
  }

 private:
  struct Candidate {
    int64_t count;
    PairKey pair;
  };
  /// The queue yields its largest element, so the best candidate is the largest.
  struct Worse {
    const std::vector<std::string>& tokens;
    bool operator()(const Candidate& a, const Candidate& b) const {
      if (a.count != b.count) return a.count < b.count;
      if (a.pair.first != b.pair.first) return Text(a.pair.first) > Text(b.pair.first);
      return Text(a.pair.second) > Text(b.pair.second);
    }
    const std::string& Text(int32_t token) const { return tokens[static_cast<size_t>(token)]; }
  };

  const std::string& Text(int32_t token) const { return out_.tokens[static_cast<size_t>(token)]; }

  void AddBytes(std::array<int32_t, 256>& byte_tokens) {
    std::vector<std::pair<std::string, unsigned char>> alphabet;
    for (int byte = 0; byte < 256; ++byte) {
      const char c = static_cast<char>(byte);
      alphabet.emplace_back(text::ToByteAlphabet({&c, 1}), static_cast<unsigned char>(byte));
    }
    std::sort(alphabet.begin(), alphabet.end());
    for (auto& [text, byte] : alphabet) {
      byte_tokens[byte] = static_cast<int32_t>(out_.tokens.size());
      out_.tokens.push_back(std::move(text));
    }
  }

  /// Counts all pairs of a piece. Those with `product`, the token just put in, are new there;
  /// without one, all are.
  void CountPairs(size_t index, std::optional<int32_t> product) {
    const Piece& piece = pieces_[index];
    for (size_t i = 0; i + 1 < piece.tokens.size(); ++i) {
      const PairKey pair{piece.tokens[i], piece.tokens[i + 1]};
      PairUse& use = pairs_[pair];
      use.count += piece.count;
      if (product && pair.first != *product && pair.second != *product) continue;
      if (use.pieces.empty() || use.pieces.back() != index) use.pieces.push_back(index);
      if (product) new_pairs_.push_back(pair);
    }
  }

  void UncountPairs(const Piece& piece) {
    for (size_t i = 0; i + 1 < piece.tokens.size(); ++i) {
      pairs_[{piece.tokens[i], piece.tokens[i + 1]}].count -= piece.count;
    }
  }

  /// The product is always new. Where its bytes stand without having become one token, an earlier
  /// merge reaches over their border; everywhere else the same merges happened inside them.
  void Merge(const PairKey& pair, std::string text) {
    const auto product = static_cast<int32_t>(out_.tokens.size());
    out_.tokens.push_back(std::move(text));
    out_.merges.push_back(pair);
    new_pairs_.clear();
    for (const size_t index : std::exchange(pairs_[pair].pieces, {})) {
      Piece& piece = pieces_[index];
      if (!Contains(piece.tokens, pair)) continue;
      UncountPairs(piece);
      Replace(piece.tokens, pair, product);
      CountPairs(index, product);
    }
    std::sort(new_pairs_.begin(), new_pairs_.end());
    new_pairs_.erase(std::unique(new_pairs_.begin(), new_pairs_.end()), new_pairs_.end());
    for (const PairKey& added : new_pairs_) candidates_.push({pairs_[added].count, added});
  }

  static bool Contains(const std::vector<int32_t>& tokens, const PairKey& pair) {
    const auto found = std::adjacent_find(
        tokens.begin(), tokens.end(),
        [&](int32_t left, int32_t right) { return PairKey(left, right) == pair; });
    return found != tokens.end();
  }

  static void Replace(std::vector<int32_t>& tokens, const PairKey& pair, int32_t product) {
    size_t to = 0;
    for (size_t from = 0; from < tokens.size(); ++to) {
      const bool match =
          from + 1 < tokens.size() && tokens[from] == pair.first && tokens[from + 1] == pair.second;
      tokens[to] = match ? product : tokens[from];
      from += match ? 2 : 1;
    }
    tokens.resize(to);
  }

  const MergeRules& rules_;
  LearnedMerges out_;
  std::vector<Piece> pieces_;
  std::unordered_map<PairKey, PairUse, PairHash> pairs_;
  std::vector<PairKey> new_pairs_;  ///< of the product of a merge
  std::priority_queue<Candidate, std::vector<Candidate>, Worse> candidates_{Worse{out_.tokens}};
};

}  // namespace

LearnedMerges LearnMerges(const PieceCounts& pieces, const MergeRules& rules) {
  return Learner(pieces, rules).Learn();
}

}  // namespace kani::train
