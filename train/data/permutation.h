// A keyed permutation of [0, size) that is computed, not stored: any element in constant time, so
// that a run resumes at any position. Feistel network with cycle walking (Black and Rogaway,
// "Ciphers with Arbitrary Finite Domains", CT-RSA 2002), Philox as round function.
#pragma once

#include <cstdint>

namespace kani::train {

/// Immutable; cheap to make. Equal (size, seed, stream) give the same permutation everywhere.
class KeyedPermutation {
 public:
  /// REQUIRES: 0 <= size <= 2^62.
  KeyedPermutation(int64_t size, uint64_t seed, uint64_t stream);

  int64_t size() const { return size_; }
  /// REQUIRES: 0 <= index < size(). Above 64 elements less than four Feistel networks on average.
  int64_t operator()(int64_t index) const;

 private:
  uint64_t Shuffle(uint64_t value) const;

  int64_t size_;
  uint64_t seed_, stream_;
  int half_bits_;  ///< the network permutes [0, 4^half_bits)
};

}  // namespace kani::train
