#include "base/random.h"

#include <gtest/gtest.h>

namespace kani {
namespace {

// Known answers of the Random123 distribution (kat_vectors, philox4x32 with 10 rounds).
TEST(PhiloxTest, MatchesTheKnownAnswers) {
  EXPECT_EQ(Philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(Philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(CounterRandomTest, DrawsDependOnSeedStreamAndIndexOnly) {
  const CounterRandom a(1, 2), b(1, 2), other_seed(2, 2), other_stream(1, 3);
  EXPECT_EQ(a.Uniform(7), b.Uniform(7));
  EXPECT_NE(a.Uniform(7), a.Uniform(8));
  EXPECT_NE(a.Uniform(7), other_seed.Uniform(7));
  EXPECT_NE(a.Uniform(7), other_stream.Uniform(7));
  for (uint64_t i = 0; i < 1000; ++i) {
    EXPECT_GE(a.Uniform(i), 0.0);
    EXPECT_LT(a.Uniform(i), 1.0);
  }
}

}  // namespace
}  // namespace kani
