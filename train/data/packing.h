// Whole clips into packs of at most so many tokens, nearly full, so that hardly any token of a
// batch is padding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kani::train {

/// The packs of one epoch, a pure function of the lengths: a run resumes at any pack, at the cost
/// of making the whole plan once (0.1 s a million clips). Immutable; thread-safe.
class Packing {
 public:
  /// Best fit in the order of the clips, into a few packs that are open at a time: not sorted by
  /// length, so that every pack mixes long and short clips as the epoch does.
  /// @param lengths tokens of each clip, by position in the epoch
  /// Throws kInvalidArgument for a budget or a length below 1.
  Packing(std::span<const int32_t> lengths, int64_t budget_tokens);

  /// Packs.
  int64_t size() const { return std::ssize(ends_); }
  /// Positions in the epoch of one pack's clips. REQUIRES: 0 <= pack < size().
  std::span<const int64_t> At(int64_t pack) const;
  /// Positions of clips longer than the budget: in no pack, never cut.
  const std::vector<int64_t>& too_long() const { return too_long_; }
  /// The part of all packs' budget that tokens of clips take; 1 without packs.
  double fill() const;

 private:
  struct OpenPack;
  void Close(OpenPack& pack);

  int64_t budget_tokens_, tokens_ = 0;
  std::vector<int64_t> positions_, ends_, too_long_;
};

/// Packs [begin, end) of an epoch.
struct PackRange {
  int64_t begin = 0, end = 0;
  bool operator==(const PackRange&) const = default;
};

/// What process `rank` of `ranks` takes in step `step` of an epoch: the joint batch of a step is
/// the same however many processes share it. The last step of an epoch may have less; a process may
/// then get an empty range.
/// Throws kInvalidArgument unless `ranks` divides `packs_per_step`.
PackRange PacksOf(int64_t packs, int64_t packs_per_step, int64_t step, int64_t rank, int64_t ranks);

/// Steps of an epoch. REQUIRES: packs_per_step >= 1.
inline int64_t StepsOf(int64_t packs, int64_t packs_per_step) {
  return (packs + packs_per_step - 1) / packs_per_step;
}

}  // namespace kani::train
