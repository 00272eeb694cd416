#include "train/data/clip_variation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.h"

namespace kani::train {
namespace {

constexpr model::TokenLayout kTokens = {
    .text_vocab_size = 50, .audio_tokens_start = 60, .codebooks = 2, .codebook_size = 10};

Clip MakeClip(int frames) {
  Clip clip{{kTokens.start_of_human(), model::kSpeakerRow, 1, 20, 2, kTokens.end_of_human()},
            {0.5f, 0.5f}};
  for (int frame = 0; frame < frames; ++frame) {
    clip.rows.push_back(kTokens.CodebookStart(0) + frame % 10);
    clip.rows.push_back(kTokens.CodebookStart(1) + 3 * frame % 10);
  }
  clip.rows.push_back(kTokens.end_of_speech());
  return clip;
}

Clip Varied(const ClipVariation& variation, int64_t epoch = 0, int64_t number = 7) {
  Clip clip = MakeClip(2000);
  Vary(variation, kTokens, 1, epoch, number, clip);
  return clip;
}

TEST(ClipVariationTest, NothingIsChangedByDefault) {
  const Clip clip = Varied({});
  EXPECT_EQ(clip.rows, MakeClip(2000).rows);
  EXPECT_TRUE(clip.inputs.empty());
  EXPECT_EQ(clip.first_target, 0u);
}

TEST(ClipVariationTest, AudioOnlyBeginsAtTheFirstAudioToken) {
  EXPECT_EQ(Varied({.audio_targets_only = true}).first_target, 6u);
}

TEST(ClipVariationTest, ReplacesTheShareByOtherCodesOfTheSameCodebook) {
  const Clip clip = Varied({.replaced_inputs = 0.25});
  ASSERT_EQ(clip.inputs.size(), clip.rows.size());
  int replaced = 0;
  std::vector<int> steps(10);
  for (size_t i = 0; i < clip.rows.size(); ++i) {
    if (clip.inputs[i] == clip.rows[i]) continue;
    ++replaced;
    ASSERT_TRUE(kTokens.IsAudio(clip.rows[i]));
    const int32_t start = kTokens.audio_tokens_start;
    EXPECT_EQ((clip.inputs[i] - start) / 10, (clip.rows[i] - start) / 10);
    ++steps[static_cast<size_t>((clip.inputs[i] - clip.rows[i] + 10) % 10)];
  }
  EXPECT_NEAR(replaced, 1000, 100);  // of 4,000
  EXPECT_EQ(steps[0], 0);
  EXPECT_GT(*std::min_element(steps.begin() + 1, steps.end()), 60);
}

TEST(ClipVariationTest, DropsVoicesWithTheirRow) {
  int dropped = 0;
  for (int64_t number = 0; number < 400; ++number) {
    Clip clip = MakeClip(1);
    Vary({.dropped_voices = 0.1}, kTokens, 1, 0, number, clip);
    EXPECT_EQ(clip.speaker.empty(), std::ranges::count(clip.rows, model::kSpeakerRow) == 0);
    dropped += clip.speaker.empty() ? 1 : 0;
  }
  EXPECT_NEAR(dropped, 40, 20);
}

TEST(ClipVariationTest, DependsOnSeedEpochAndClip) {
  const ClipVariation variation = {.replaced_inputs = 0.25};
  EXPECT_EQ(Varied(variation).inputs, Varied(variation).inputs);
  EXPECT_NE(Varied(variation).inputs, Varied(variation, 1).inputs);
  EXPECT_NE(Varied(variation).inputs, Varied(variation, 0, 8).inputs);
}

TEST(ClipVariationTest, RefusesWhatIsNoShare) {
  EXPECT_THROW(Check({.replaced_inputs = 1.5}), Error);
  EXPECT_THROW(Check({.dropped_voices = -0.1}), Error);
}

}  // namespace
}  // namespace kani::train
