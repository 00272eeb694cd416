#include "train/data/permutation.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "base/random.h"

namespace kani::train {
namespace {

// Four rounds of a good round function are indistinguishable from random on large domains (Luby and
// Rackoff). Small ones need more, and a network of two-bit halves stays uneven whatever the rounds.
constexpr uint32_t kRounds = 8;
constexpr int kMinHalfBits = 4;

}  // namespace

KeyedPermutation::KeyedPermutation(int64_t size, uint64_t seed, uint64_t stream)
    : size_(size), seed_(seed), stream_(stream) {
  KANI_DCHECK(size >= 0 && size <= int64_t{1} << 62);
  const int bits = size < 2 ? 0 : std::bit_width(static_cast<uint64_t>(size - 1));
  half_bits_ = std::max(kMinHalfBits, (bits + 1) / 2);
}

uint64_t KeyedPermutation::Shuffle(uint64_t value) const {
  const uint64_t mask = (uint64_t{1} << half_bits_) - 1;
  uint64_t left = value >> half_bits_, right = value & mask;
  for (uint32_t round = 0; round < kRounds; ++round) {
    const auto block =
        Philox4x32({static_cast<uint32_t>(right), round, static_cast<uint32_t>(stream_),
                    static_cast<uint32_t>(stream_ >> 32)},
                   {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)});
    const uint64_t next = (left ^ block[0]) & mask;
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

int64_t KeyedPermutation::operator()(int64_t index) const {
  KANI_DCHECK(index >= 0 && index < size_);
  // Walking the cycle until it is back inside permutes the smaller domain.
  auto value = static_cast<uint64_t>(index);
  do {
    value = Shuffle(value);
  } while (value >= static_cast<uint64_t>(size_));
  return static_cast<int64_t>(value);
}

}  // namespace kani::train
