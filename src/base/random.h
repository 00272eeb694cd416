// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as
// 1, 2, 3", SC 2011). A draw depends only on (seed, stream, index), never on what was drawn before.
#pragma once

#include <array>
#include <cstdint>

namespace kani {

/// Four independent 32-bit words for a key (seed) and a 128-bit counter.
std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// A sequence of draws addressed by index.
class CounterRandom {
 public:
  explicit CounterRandom(uint64_t seed, uint64_t stream = 0) : seed_(seed), stream_(stream) {}
  uint32_t Bits(uint64_t index) const;
  /// Uniform in [0, 1) with 53 random bits.
  double Uniform(uint64_t index) const;
  /// Standard normal (Box-Muller).
  double Normal(uint64_t index) const;

 private:
  std::array<uint32_t, 4> Block(uint64_t index) const;
  uint64_t seed_;
  uint64_t stream_;
};

}  // namespace kani
