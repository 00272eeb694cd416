// Keeps apart the random numbers that the order, the voices and the chosen rows of one seed are
// made of.
#pragma once

#include <cstdint>

namespace kani::train {

enum class RandomUse : uint64_t { kMix = 1, kPass, kVoice, kRows, kDroppedVoice, kReplacedInput };

/// A stream of its own for each (use, item, pass). REQUIRES: 0 <= item < 2^16, 0 <= pass < 2^40.
inline uint64_t RandomStream(RandomUse use, int64_t item, int64_t pass) {
  return static_cast<uint64_t>(use) << 56 | static_cast<uint64_t>(item) << 40 |
         static_cast<uint64_t>(pass);
}

}  // namespace kani::train
