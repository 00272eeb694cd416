#include "text/bpe.h"

#include <queue>

#include "base/error.h"
#include "text/byte_alphabet.h"

namespace kani::text {
namespace {

struct Symbol {
  int32_t id;  ///< -1: swallowed by its left neighbour
  int32_t previous;
  int32_t next;  ///< -1 at either end
};

struct Candidate {
  int32_t rank;
  int32_t left;  ///< position of the left symbol
  int32_t merged_id;
};

/// The queue yields its largest element, so the best candidate is the largest.
struct Worse {
  bool operator()(const Candidate& a, const Candidate& b) const {
    return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
  }
};

uint64_t PairKey(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
}

}  // namespace

Bpe::Bpe(const model::TokenizerFile& file) {
  byte_ids_.fill(-1);
  for (size_t id = 0; id < file.vocab.size(); ++id) {
    if (file.vocab[id].size() > 2) continue;  // no character of the alphabet has more bytes
    const std::string bytes = FromByteAlphabet(file.vocab[id]);
    if (bytes.size() == 1)
      byte_ids_[static_cast<unsigned char>(bytes[0])] = static_cast<int32_t>(id);
  }
  for (size_t byte = 0; byte < byte_ids_.size(); ++byte) {
    if (byte_ids_[byte] < 0) {
      Fail(ErrorCode::kInvalidFile, "tokenizer: byte ", byte,
           " has no token, expected all 256 in the vocabulary");
    }
  }
  merges_.reserve(file.merges.size());
  for (size_t rank = 0; rank < file.merges.size(); ++rank) {
    const auto [left, right] = file.merges[rank];
    // A pair listed twice has its last rank, as in the reference.
    merges_[PairKey(left, right)] = {static_cast<int32_t>(rank), file.merged[rank]};
  }
  if (!file.ignore_merges) return;
  for (size_t id = 0; id < file.vocab.size(); ++id) {
    whole_pieces_.emplace(file.vocab[id], static_cast<int32_t>(id));
  }
}

const Bpe::Merge* Bpe::FindMerge(int32_t left, int32_t right) const {
  const auto found = merges_.find(PairKey(left, right));
  return found == merges_.end() ? nullptr : &found->second;
}

void Bpe::Encode(std::string_view piece, std::vector<int32_t>& ids) const {
  if (!whole_pieces_.empty()) {
    const auto whole = whole_pieces_.find(ToByteAlphabet(piece));
    if (whole != whole_pieces_.end()) return ids.push_back(whole->second);
  }
  const auto size = static_cast<int32_t>(piece.size());
  std::vector<Symbol> symbols(piece.size());
  for (int32_t i = 0; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(piece[static_cast<size_t>(i)]);
    symbols[static_cast<size_t>(i)] = {byte_ids_[byte], i - 1, i + 1 < size ? i + 1 : -1};
  }
  const auto at = [&](int32_t position) -> Symbol& {
    return symbols[static_cast<size_t>(position)];
  };

  std::priority_queue<Candidate, std::vector<Candidate>, Worse> candidates;
  const auto consider = [&](int32_t left) {
    if (left < 0 || at(left).next < 0) return;
    const Merge* merge = FindMerge(at(left).id, at(at(left).next).id);
    if (merge != nullptr) candidates.push({merge->rank, left, merge->id});
  };
  for (int32_t i = 0; i < size; ++i) consider(i);
  while (!candidates.empty()) {
    const Candidate best = candidates.top();
    candidates.pop();
    Symbol& left = at(best.left);
    if (left.id < 0 || left.next < 0) continue;
    Symbol& right = at(left.next);
    // A neighbour may have changed since; what counts, as in the reference, is the product.
    const Merge* merge = FindMerge(left.id, right.id);
    if (merge == nullptr || merge->id != best.merged_id) continue;
    left.id = merge->id;
    left.next = right.next;
    if (right.next >= 0) at(right.next).previous = best.left;
    right.id = -1;
    consider(left.previous);
    consider(best.left);
  }
  for (int32_t i = 0; i >= 0 && i < size; i = at(i).next) ids.push_back(at(i).id);
}

}  // namespace kani::text
