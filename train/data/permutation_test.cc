#include "train/data/permutation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

namespace kani::train {
namespace {

TEST(KeyedPermutationTest, IsABijectionForEverySize) {
  std::vector<int64_t> sizes = {1023, 1024, 1025, 4095, 4097, 16384, 16385, 100000};
  for (int64_t size = 0; size <= 300; ++size) sizes.push_back(size);
  for (const int64_t size : sizes) {
    const KeyedPermutation permutation(size, 7, static_cast<uint64_t>(size));
    std::vector<bool> seen(static_cast<size_t>(size));
    for (int64_t i = 0; i < size; ++i) {
      const int64_t at = permutation(i);
      ASSERT_TRUE(at >= 0 && at < size) << size;
      ASSERT_FALSE(seen[static_cast<size_t>(at)]) << size << ": " << at << " comes twice";
      seen[static_cast<size_t>(at)] = true;
    }
  }
}

TEST(KeyedPermutationTest, StaysInsideHugeDomainsAndNeverRepeats) {
  for (const int64_t size : {(int64_t{1} << 40) + 12345, int64_t{1} << 62}) {
    const KeyedPermutation permutation(size, 1, 2);
    std::vector<int64_t> values;
    for (int64_t i = 0; i < 10000; ++i) values.push_back(permutation(size - 1 - i));
    std::ranges::sort(values);
    EXPECT_GE(values.front(), 0);
    EXPECT_LT(values.back(), size);
    EXPECT_EQ(std::ranges::adjacent_find(values), values.end());
    EXPECT_GT(values.back() - values.front(), size / 2);
  }
}

TEST(KeyedPermutationTest, SeedAndStreamGiveOtherOrders) {
  const KeyedPermutation base(1000, 1, 1), seed(1000, 2, 1), stream(1000, 1, 2);
  int equal = 0;
  for (int64_t i = 0; i < 1000; ++i) equal += (base(i) == seed(i)) + (base(i) == stream(i));
  EXPECT_LT(equal, 15);  // two are expected by chance
}

TEST(KeyedPermutationTest, EveryOrderOfFiveIsAboutAsLikely) {
  constexpr int kSeeds = 12000;
  std::map<std::array<int64_t, 5>, int> counts;
  for (int seed = 0; seed < kSeeds; ++seed) {
    const KeyedPermutation permutation(5, static_cast<uint64_t>(seed), 0);
    ++counts[{permutation(0), permutation(1), permutation(2), permutation(3), permutation(4)}];
  }
  double chi_square = 0;
  for (const auto& [order, count] : counts) chi_square += std::pow(count - kSeeds / 120.0, 2);
  EXPECT_EQ(counts.size(), 120u);
  // 119 degrees of freedom: 99.99 % of true shuffles stay below.
  EXPECT_LT(chi_square / (kSeeds / 120.0), 182.0);
}

TEST(KeyedPermutationTest, NeighboursLandFarApart) {
  const int64_t size = 10000;
  const KeyedPermutation permutation(size, 3, 4);
  double distance = 0;
  for (int64_t i = 1; i < size; ++i) {
    distance += static_cast<double>(std::abs(permutation(i) - permutation(i - 1)));
  }
  // Two random places are a third of the range apart; the mean of 10,000 varies by 0.3 %.
  EXPECT_NEAR(distance / static_cast<double>(size) / static_cast<double>(size), 1.0 / 3, 0.01);
}

}  // namespace
}  // namespace kani::train
