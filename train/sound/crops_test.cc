#include "train/sound/crops.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/testing.h"

namespace kani::train {
namespace {

constexpr int64_t kFrame = 10;

SoundClip Clip(const std::string& id, size_t samples) {
  SoundClip clip{id, "somebody", {}};
  for (size_t i = 0; i < samples; ++i) clip.samples.push_back(static_cast<int16_t>(i + 1));
  return clip;
}

/// One clip of many lengths of a crop, one of few, one that is shorter than a crop.
SoundSet ThreeClips() { return {{Clip("long", 900), Clip("middle", 300), Clip("short", 15)}, 100}; }

CropOptions Options() {
  return {.lengths = {2, 4}, .frames_per_step = 8, .held_out = 0, .seed = 3};
}

TEST(CropsTest, AreAFunctionOfSeedAndStepAndSharedOutToProcesses) {
  const SoundSet sounds = ThreeClips();
  const CropPlan plan(sounds, Options(), kFrame);
  const CropPlan again(sounds, Options(), kFrame);
  for (int64_t step = 0; step < 20; ++step) {
    const CropPlan::Step all = plan.Get(1, step, 0, 1), same = again.Get(1, step, 0, 1);
    const CropPlan::Step first = plan.Get(1, step, 0, 2), second = plan.Get(1, step, 1, 2);
    EXPECT_EQ(std::ssize(all.crops) * all.samples, 8 * kFrame);
    EXPECT_EQ(first.samples, all.samples);
    ASSERT_EQ(first.crops.size() + second.crops.size(), all.crops.size());
    for (size_t i = 0; i < all.crops.size(); ++i) {
      const Crop& shared = (i % 2 == 0 ? first : second).crops[i / 2];
      EXPECT_EQ(shared.clip, all.crops[i].clip);
      EXPECT_EQ(shared.begin, all.crops[i].begin);
      EXPECT_EQ(same.crops[i].begin, all.crops[i].begin);
    }
  }
}

TEST(CropsTest, EverySecondIsAsLikelyAsAnother) {
  const SoundSet sounds = ThreeClips();
  const CropPlan plan(sounds, Options(), kFrame);
  std::map<int64_t, int> crops;
  for (int64_t step = 0; step < 2000; ++step) {
    for (const Crop& crop : plan.Get(0, step, 0, 1).crops) ++crops[crop.clip];
  }
  EXPECT_NEAR(static_cast<double>(crops[0]) / crops[1], 3, 0.3);
  EXPECT_GT(crops[2], 0);
}

TEST(CropsTest, LieInTheirClipOrHoldAllOfIt) {
  const SoundSet sounds = ThreeClips();
  const CropPlan plan(sounds, Options(), kFrame);
  for (int64_t step = 0; step < 500; ++step) {
    const CropPlan::Step found = plan.Get(0, step, 0, 1);
    for (const Crop& crop : found.crops) {
      const int64_t end = crop.begin + found.samples, size = std::ssize(sounds[crop.clip].samples);
      EXPECT_TRUE(size >= found.samples ? crop.begin >= 0 && end <= size
                                        : crop.begin <= 0 && end >= size);
    }
  }
}

TEST(CropsTest, WhatIsHeldOutDependsOnIdsAloneAndIsNeverTrainedOn) {
  CropOptions options = Options();
  options.held_out = 0.5;
  std::vector<SoundClip> clips, reversed;
  for (int i = 0; i < 40; ++i) clips.push_back(Clip("clip " + std::to_string(i), 100));
  reversed.assign(clips.rbegin(), clips.rend());
  const SoundSet sounds(clips, 100), others(reversed, 100);
  const CropPlan plan(sounds, options, kFrame), other(others, options, kFrame);
  EXPECT_NEAR(static_cast<double>(plan.held_out().size()), 20, 8);
  ASSERT_EQ(plan.held_out().size(), other.held_out().size());
  for (size_t i = 0; i < plan.held_out().size(); ++i) {
    const int64_t mirrored = *(other.held_out().rbegin() + static_cast<int64_t>(i));
    EXPECT_EQ(sounds[plan.held_out()[i]].id, others[mirrored].id);
  }
  for (int64_t step = 0; step < 200; ++step) {
    for (const Crop& crop : plan.Get(0, step, 0, 1).crops) {
      EXPECT_EQ(std::ranges::count(plan.held_out(), crop.clip), 0);
    }
  }
}

TEST(CropsTest, RefuseWhatCannotBe) {
  CropOptions options = Options();
  options.lengths = {9};
  EXPECT_NE(Failure([&] { Check(options); }).find("in steps of 8"), std::string::npos);
  options.lengths = {};
  EXPECT_NE(Failure([&] { Check(options); }).find("no length"), std::string::npos);
  options = Options();
  options.held_out = 0.999999999;
  const SoundSet sounds = ThreeClips();
  EXPECT_NE(Failure([&] { CropPlan(sounds, options, kFrame); }).find("no recording to train on"),
            std::string::npos);
}

TEST(SoundSetTest, ReadsSilenceAroundAClip) {
  const SoundSet sounds({Clip("a", 3)}, 100);
  std::vector<float> out(6);
  sounds.Read(0, -2, out);
  EXPECT_EQ(out, (std::vector<float>{0, 0, 1 / 32768.0f, 2 / 32768.0f, 3 / 32768.0f, 0}));
}

}  // namespace
}  // namespace kani::train
