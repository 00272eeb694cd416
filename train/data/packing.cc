#include "train/data/packing.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/error.h"

namespace kani::train {
namespace {

// More fill packs no better: on a million lengths of speech at 8192 tokens 16, 64 and 256 gave 99.8
// %.
constexpr size_t kOpenPacks = 16;

}  // namespace

struct Packing::OpenPack {
  std::vector<int64_t> positions;
};

Packing::Packing(std::span<const int32_t> lengths, int64_t budget_tokens)
    : budget_tokens_(budget_tokens) {
  if (budget_tokens < 1) {
    Fail(ErrorCode::kInvalidArgument, "packs of ", budget_tokens, " tokens, expected at least 1");
  }
  std::multimap<int64_t, OpenPack> open;  // by tokens still free
  for (int64_t position = 0; position < std::ssize(lengths); ++position) {
    const int64_t tokens = lengths[static_cast<size_t>(position)];
    if (tokens < 1) {
      Fail(ErrorCode::kInvalidArgument, "clip at position ", position, ": ", tokens, " tokens");
    }
    if (tokens > budget_tokens) {
      too_long_.push_back(position);
      continue;
    }
    OpenPack pack;
    int64_t free_tokens = budget_tokens;
    if (const auto fullest = open.lower_bound(tokens); fullest != open.end()) {
      free_tokens = fullest->first;
      pack = std::move(fullest->second);
      open.erase(fullest);
    } else if (open.size() == kOpenPacks) {
      Close(open.begin()->second);
      open.erase(open.begin());
    }
    pack.positions.push_back(position);
    tokens_ += tokens;
    if (free_tokens == tokens) {
      Close(pack);
    } else {
      open.emplace(free_tokens - tokens, std::move(pack));
    }
  }
  for (auto& [free_tokens, pack] : open) Close(pack);
}

void Packing::Close(OpenPack& pack) {
  positions_.insert(positions_.end(), pack.positions.begin(), pack.positions.end());
  ends_.push_back(std::ssize(positions_));
}

std::span<const int64_t> Packing::At(int64_t pack) const {
  KANI_DCHECK(pack >= 0 && pack < size());
  const int64_t begin = pack == 0 ? 0 : ends_[static_cast<size_t>(pack - 1)];
  const int64_t end = ends_[static_cast<size_t>(pack)];
  return std::span(positions_)
      .subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

double Packing::fill() const {
  if (size() == 0) return 1;
  return static_cast<double>(tokens_) / (static_cast<double>(size()) * budget_tokens_);
}

PackRange PacksOf(int64_t packs, int64_t packs_per_step, int64_t step, int64_t rank,
                  int64_t ranks) {
  if (packs_per_step < 1 || ranks < 1 || packs_per_step % ranks != 0) {
    Fail(ErrorCode::kInvalidArgument, packs_per_step, " packs a step for ", ranks,
         " processes, expected a multiple of their number");
  }
  KANI_DCHECK(rank >= 0 && rank < ranks && step >= 0);
  const int64_t share = packs_per_step / ranks;
  const int64_t begin = std::min(packs, step * packs_per_step + rank * share);
  return {begin, std::min(packs, begin + share)};
}

}  // namespace kani::train
