#include "train/codec/first_weights.h"

#include <gtest/gtest.h>

#include "codec/random_codec.h"
#include "train/codec/testing.h"

namespace kani::train {
namespace {

/// Different codes of the first codebook in a batch of speech.
int64_t DifferentCodes(const CodecNetwork& network) {
  const at::NoGradGuard no_gradients;
  const at::Tensor latent = network.Latent(RandomSpeech(4, 14 * 1764, 7));
  const at::Tensor codes = network.Codes(network.Quantise(latent).levels).select(2, 0);
  return std::get<0>(at::_unique(codes)).numel();
}

TEST(FirstWeightsTest, CalibratedWeightsUseManyCodesWhereDrawnOnesUseOne) {
  CodecNetwork network(codec::ProfileConfig(codec::Profile::k0_6kbps_12_5fps, 4, 96), at::kFloat);
  Initialise(network, 1);
  EXPECT_EQ(DifferentCodes(network), 1);
  const at::Tensor speech = RandomSpeech(8, 14 * 1764, 6);
  Calibrate(network, speech);
  EXPECT_GT(DifferentCodes(network), 20);  // of 56 frames

  const at::NoGradGuard no_gradients;
  const at::Tensor latent = network.Latent(speech);
  EXPECT_NEAR(latent.std().item<double>(), 0.8, 0.1);
  EXPECT_LE(latent.mean(at::IntArrayRef({0, 1})).abs().max().item<double>(), 0.01);
  EXPECT_NEAR(network.Decode(network.Quantise(latent).values).std().item<double>(), 0.1, 0.03);
}

TEST(FirstWeightsTest, TheSameSeedDrawsTheSameWeights) {
  const auto draw = [](uint64_t seed) {
    CodecNetwork network(codec::ProfileConfig(codec::Profile::k0_6kbps_12_5fps, 2, 96), at::kFloat);
    Initialise(network, seed);
    return network.parameters().values().clone();
  };
  EXPECT_TRUE(draw(1).equal(draw(1)));
  EXPECT_FALSE(draw(1).equal(draw(2)));
}

}  // namespace
}  // namespace kani::train
