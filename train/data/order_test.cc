#include "train/data/order.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace kani::train {
namespace {

/// How often each clip of a source is heard in `epochs` epochs.
std::map<int64_t, int> Counts(const ClipOrder& order, int32_t source, int64_t epochs) {
  std::map<int64_t, int> counts;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    for (int64_t position = 0; position < order.size(); ++position) {
      const OrderedClip clip = order.At(epoch, position);
      if (clip.source == source) ++counts[clip.clip];
    }
  }
  return counts;
}

void ExpectEach(const std::map<int64_t, int>& counts, int64_t clips, int times) {
  EXPECT_EQ(std::ssize(counts), clips);
  for (const auto& [clip, count] : counts) {
    EXPECT_TRUE(clip >= 0 && clip < clips);
    EXPECT_EQ(count, times) << clip;
  }
}

TEST(ClipOrderTest, HearsEveryClipOnceInEachEpoch) {
  const std::vector<OrderSource> sources = {{137}, {0}, {1}, {1000}};
  const ClipOrder order(1, sources);
  EXPECT_EQ(order.size(), 1138);
  for (const int32_t source : {0, 1, 2, 3}) {
    ExpectEach(Counts(order, source, 1), sources[static_cast<size_t>(source)].clips, 1);
    ExpectEach(Counts(order, source, 3), sources[static_cast<size_t>(source)].clips, 3);
  }
}

TEST(ClipOrderTest, MixesSourcesByWeightExactly) {
  const std::vector<OrderSource> sources = {{100, 0.5}, {40, 3}, {60, 0}, {7, 0.5}};
  const ClipOrder order(9, sources);
  EXPECT_EQ(order.size(), 50 + 120 + 0 + 4);
  ExpectEach(Counts(order, 0, 2), 100, 1);
  ExpectEach(Counts(order, 1, 1), 40, 3);
  EXPECT_TRUE(Counts(order, 2, 5).empty());
  ExpectEach(Counts(order, 3, 7), 7, 4);
}

TEST(ClipOrderTest, MixesSourcesEvenlyOverTheEpoch) {
  const ClipOrder order(2, std::vector<OrderSource>{{9000}, {1000}});
  for (int64_t begin = 0; begin < 10000; begin += 2000) {
    int small = 0;
    for (int64_t i = begin; i < begin + 2000; ++i) small += order.At(0, i).source;
    EXPECT_NEAR(small, 200, 60) << begin;
  }
}

TEST(ClipOrderTest, IsAFunctionOfSeedEpochAndPositionAlone) {
  const std::vector<OrderSource> sources = {{500}, {300, 0.7}};
  const ClipOrder order(3, sources), again(3, sources), other(4, sources);
  int equal_epochs = 0, equal_seeds = 0;
  for (int64_t i = order.size() - 1; i >= 0; --i) {
    EXPECT_EQ(order.At(5, i), again.At(5, i));
    equal_epochs += order.At(5, i) == order.At(6, i);
    equal_seeds += order.At(5, i) == other.At(5, i);
  }
  EXPECT_LT(equal_epochs, 12);
  EXPECT_LT(equal_seeds, 12);
}

TEST(ClipOrderTest, NeverChangesFromVersionToVersion) {
  // A resumed run must find its place: these values are part of the checkpoint's meaning.
  const ClipOrder order(42, std::vector<OrderSource>{{1000}, {100, 2}});
  std::vector<OrderedClip> found;
  for (const int64_t position : {0, 1, 2, 1199}) found.push_back(order.At(3, position));
  const std::vector<OrderedClip> expected = {{0, 625}, {0, 728}, {0, 213}, {0, 703}};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(found[i], expected[i]) << found[i].source << ", " << found[i].clip;
  }
}

TEST(ClipOrderTest, RefusesNothingToHear) {
  EXPECT_THROW(ClipOrder(1, {}), Error);
  EXPECT_THROW(ClipOrder(1, std::vector<OrderSource>{{10, 0}}), Error);
  EXPECT_THROW(ClipOrder(1, std::vector<OrderSource>{{10, -1}}), Error);
  EXPECT_THROW(ClipOrder(1, std::vector<OrderSource>{{10, 1e9}}), Error);
}

TEST(VoiceDonorTest, ChoosesAnyOtherClipOfTheSpeakerAlike) {
  const std::vector<int64_t> same_voice = {3, 8, 20, 21};
  std::map<int64_t, int> counts;
  for (int64_t epoch = 0; epoch < 3000; ++epoch) ++counts[VoiceDonor(1, epoch, 8, same_voice, 1)];
  EXPECT_EQ(counts.size(), 3u);
  for (const int64_t other : {3, 20, 21}) EXPECT_NEAR(counts[other], 1000, 120) << other;
  counts.clear();
  for (int64_t epoch = 0; epoch < 4000; ++epoch) ++counts[VoiceDonor(1, epoch, 9, same_voice, 1)];
  EXPECT_EQ(counts.size(), 4u);
}

TEST(VoiceDonorTest, KeepsTheOwnVectorAsOftenAsAsked) {
  const std::vector<int64_t> same_voice = {3, 8, 20, 21};
  int own = 0;
  for (int64_t epoch = 0; epoch < 2000; ++epoch)
    own += VoiceDonor(1, epoch, 8, same_voice, 0.3) == 8;
  EXPECT_NEAR(own, 1400, 100);
  for (int64_t clip = 0; clip < 100; ++clip) {
    EXPECT_EQ(VoiceDonor(1, 0, clip, same_voice, 0), clip);
    EXPECT_EQ(VoiceDonor(1, 0, clip, std::vector{clip}, 1), clip);
    EXPECT_EQ(VoiceDonor(1, 0, clip, {}, 1), clip);
  }
}

}  // namespace
}  // namespace kani::train
