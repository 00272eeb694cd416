#include "train/observe/throughput.h"

#include <gtest/gtest.h>

#include <array>

namespace kani::train {
namespace {

TEST(ModelFlopsTest, CountsSixForEachWeightAndTokenAndTwelveForEachRowAttendedTo) {
  model::LmConfig config;
  config.vocab_size = 100;
  config.hidden_size = 8;
  config.num_attention_heads = 2;
  config.num_key_value_heads = 1;
  config.head_dim = 4;
  config.feed_forward_size = 10;
  config.layer_types = {model::LayerType::kConvolution, model::LayerType::kAttention,
                        model::LayerType::kConvolution};
  // in_proj [24, 8] and out_proj [8, 8]; q and out [8, 8], k and v [4, 8]; w1, w3, w2 [10, 8].
  const double weights = 800 + 2 * (192 + 64) + (64 + 32 + 32 + 64) + 3 * 240;
  const std::array<int64_t, 2> clips = {3, 5};
  EXPECT_EQ(ModelFlops(config, clips), 6 * 8 * weights + 12 * 1 * 8 * (6 + 15));
  EXPECT_EQ(ModelFlops(config, {}), 0);
}

TEST(ThroughputTest, IsNothingBeforeTheFirstUpdate) {
  const Throughput throughput(1e12);
  EXPECT_EQ(throughput.tokens_per_s(), 0);
  EXPECT_EQ(throughput.speech_per_s(), 0);
  EXPECT_EQ(throughput.mfu(), 0);
  EXPECT_EQ(throughput.SecondsLeft(10), 0);
}

TEST(ThroughputTest, EvenUpdatesGiveTheirOwnSpeed) {
  Throughput throughput(1e12);
  for (int i = 0; i < 7; ++i) throughput.Add({5000, 100, 8e11}, 2.0 * i, 2.0 * i + 2);
  EXPECT_NEAR(throughput.tokens_per_s(), 2500, 1e-9);
  EXPECT_NEAR(throughput.speech_per_s(), 50, 1e-9);
  EXPECT_NEAR(throughput.mfu().value(), 0.4, 1e-12);
  EXPECT_NEAR(throughput.SecondsLeft(30), 60, 1e-9);
  EXPECT_EQ(throughput.Text(1950), "2500 tokens/s  50 x real time  40 % MFU  1 h 05 min left");
}

TEST(ThroughputTest, SpeedIsThatOfTheTimeAndNotTheMeanOfSpeeds) {
  Throughput throughput;
  throughput.Add({100, 0, 0}, 0, 1);
  throughput.Add({100, 0, 0}, 1, 4);
  EXPECT_NEAR(throughput.tokens_per_s(), 50, 1);
}

TEST(ThroughputTest, ASlowBeginningFadesOut) {
  Throughput throughput;
  throughput.Add({1000, 0, 0}, 0, 100);
  double now = 100;
  for (int i = 0; i < 300; ++i, ++now) throughput.Add({1000, 0, 0}, now, now + 1);
  EXPECT_NEAR(throughput.tokens_per_s(), 1000, 10);
}

TEST(ThroughputTest, WhatPassesBetweenUpdatesCountsForTheTimeLeftOnly) {
  Throughput throughput;
  // Every tenth update is followed by 20 s of something else.
  double now = 1000;
  for (int i = 1; i <= 101; ++i) {
    throughput.Add({1000, 0, 0}, now, now + 1);
    now += i % 10 == 0 ? 21 : 1;
  }
  EXPECT_NEAR(throughput.tokens_per_s(), 1000, 1e-9);
  EXPECT_NEAR(throughput.SecondsLeft(100), 300, 3);
}

TEST(ThroughputTest, WithoutAPeakThereIsNoUtilisation) {
  Throughput throughput;
  throughput.Add({5000, 100, 8e11}, 0, 2);
  EXPECT_FALSE(throughput.mfu());
  EXPECT_EQ(throughput.Text(3), "2500 tokens/s  50 x real time  6 s left");
}

}  // namespace
}  // namespace kani::train
