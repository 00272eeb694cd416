#include "base/random.h"

#include <cmath>
#include <numbers>

#include "base/elementary.h"

namespace kani {

std::array<uint32_t, 4> Philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t a = uint64_t{0xD2511F53u} * c[0];
    const uint64_t b = uint64_t{0xCD9E8D57u} * c[2];
    c = {static_cast<uint32_t>(b >> 32) ^ c[1] ^ k[0], static_cast<uint32_t>(b),
         static_cast<uint32_t>(a >> 32) ^ c[3] ^ k[1], static_cast<uint32_t>(a)};
    k[0] += 0x9E3779B9u;
    k[1] += 0xBB67AE85u;
  }
  return c;
}

std::array<uint32_t, 4> CounterRandom::Block(uint64_t index) const {
  return Philox4x32({static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32),
                     static_cast<uint32_t>(stream_), static_cast<uint32_t>(stream_ >> 32)},
                    {static_cast<uint32_t>(seed_), static_cast<uint32_t>(seed_ >> 32)});
}

uint32_t CounterRandom::Bits(uint64_t index) const { return Block(index)[0]; }

double CounterRandom::Uniform(uint64_t index) const {
  const auto block = Block(index);
  const uint64_t bits = (static_cast<uint64_t>(block[0]) << 32) | block[1];
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

double CounterRandom::Normal(uint64_t index) const {
  const auto block = Block(index);
  const double u = (static_cast<double>(block[0]) + 0.5) * 0x1p-32;
  const double v = static_cast<double>(block[1]) * 0x1p-32;
  return std::sqrt(-2.0 * Log(u)) * Cos(2.0 * std::numbers::pi * v);
}

}  // namespace kani
