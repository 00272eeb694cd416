#include "codec/encoder.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "base/error.h"
#include "codec/codec.h"
#include "codec/random_codec.h"
#include "codec/test_devices.h"

namespace kani::codec {
namespace {

/// A codec of few samples per frame, so that clips of many frames are cheap.
model::CodecConfig ShortHopConfig() {
  model::CodecConfig config = ProfileConfig(Profile::k0_6kbps_12_5fps, 2, 8);
  config.encoder.down_sample_rates = {2, 3};
  config.decoder.up_sample_rates = {3, 2};
  config.samples_per_frame = 6;
  config.encoder.resblock_kernel_sizes = {3, 7};
  config.encoder.resblock_dilation_sizes = {1, 3};
  return config;
}

class EncoderTest : public testing::TestWithParam<std::string> {
 protected:
  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps(GetParam(), 2);
};

TEST_P(EncoderTest, GivesTheSameLatentInPiecesAndWhole) {
  const model::NemoArchive archive = RandomArchive(ShortHopConfig(), 1);
  weights::WeightReader reader(ops_->device(), *archive.weights);
  const Encoder encoder(reader, model::CodecEncoderTensors(archive.config.encoder));
  const auto watch = [](std::string_view, const float*, int64_t, int64_t) {};  // one piece
  for (int64_t samples : {250 * 6 - 1, 250 * 6 + 1, 700 * 6 + 2}) {
    const std::vector<float> audio = RandomSamples(samples, 3);
    const std::vector<float> whole = encoder.Run(*ops_, audio, watch);
    ASSERT_EQ(std::ssize(whole), (samples + 5) / 6 * archive.config.encoder.encoded_dim);
    EXPECT_EQ(encoder.Run(*ops_, audio, {}), whole) << samples;
  }
}

TEST_P(EncoderTest, EncodesEveryProfileFromOneSampleOn) {
  for (Profile profile :
       {Profile::k0_6kbps_12_5fps, Profile::k1_78kbps_12_5fps, Profile::k1_89kbps_21_5fps}) {
    const model::CodecConfig config = ProfileConfig(profile, 2, 64);
    const Codec codec(ops_->device(), RandomArchive(config, 2), /*with_encoder=*/true);
    const int64_t hop = config.samples_per_frame;
    for (int64_t count : {int64_t{1}, hop - 1, hop, hop + 1, 3 * hop}) {
      std::vector<float> audio = RandomSamples(count, 5);
      const Codes codes = codec.Encode(*ops_, audio);
      EXPECT_EQ(codes.codebooks, config.num_groups);
      EXPECT_EQ(codes.frames(), (count + hop - 1) / hop);
      for (int32_t code : codes.values) {
        ASSERT_GE(code, 0);
        ASSERT_LT(code, config.codebook_size());
      }
      audio.resize(static_cast<size_t>(codes.frames() * hop));
      EXPECT_EQ(codec.Encode(*ops_, audio).values, codes.values) << "zeros complete the last frame";
    }
  }
}

TEST_P(EncoderTest, GivesTheSameLatentForAnyNumberOfThreads) {
  const model::NemoArchive archive =
      RandomArchive(ProfileConfig(Profile::k0_6kbps_12_5fps, 2, 64), 2);
  const std::vector<float> audio = RandomSamples(5000, 6);
  std::vector<float> expected;
  for (int threads : {1, 2, 3}) {
    const auto ops = kernels::MakeOps(GetParam(), threads);
    weights::WeightReader reader(ops->device(), *archive.weights);
    const std::vector<float> latent =
        Encoder(reader, model::CodecEncoderTensors(archive.config.encoder)).Run(*ops, audio, {});
    if (expected.empty()) expected = latent;
    EXPECT_EQ(latent, expected) << threads;
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, EncoderTest, testing::ValuesIn(TestDevices()));

TEST(EncoderContextTest, CoversTheReceptiveFieldOfTheReleases) {
  const auto ops = kernels::MakeOps("reference", 1);
  const model::NemoArchive archive =
      RandomArchive(ProfileConfig(Profile::k0_6kbps_12_5fps, 1, 32), 2);
  weights::WeightReader reader(ops->device(), *archive.weights);
  // 24,290 samples before a frame and 24,000 after it; 1,764 samples a frame.
  EXPECT_EQ(Encoder(reader, model::CodecEncoderTensors(archive.config.encoder)).context_frames(),
            14);
}

TEST(EncoderErrorTest, RefusesWhatIsNoSound) {
  const auto ops = kernels::MakeOps("reference", 1);
  const Codec codec(ops->device(), RandomArchive(ShortHopConfig(), 1), /*with_encoder=*/true);
  EXPECT_THROW(codec.Encode(*ops, {}), Error);
  std::vector<float> audio(20, 0.1f);
  for (float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    audio[17] = value;
    EXPECT_THROW(codec.Encode(*ops, audio), Error);
  }
  // Absurd but finite sound overflows inside and still makes codes.
  audio[17] = std::numeric_limits<float>::max();
  for (int32_t code : codec.Encode(*ops, audio).values) {
    EXPECT_GE(code, 0);
    EXPECT_LT(code, codec.config().codebook_size());
  }
}

TEST(EncoderErrorTest, RefusesToEncodeWithoutEncoder) {
  const auto ops = kernels::MakeOps("reference", 1);
  const Codec codec(ops->device(), RandomArchive(ShortHopConfig(), 1), /*with_encoder=*/false);
  EXPECT_FALSE(codec.has_encoder());
  EXPECT_THROW(codec.Encode(*ops, std::vector<float>(20)), Error);
}

TEST(EncoderErrorTest, RefusesEvenKernels) {
  const auto ops = kernels::MakeOps("reference", 1);
  model::CodecConfig config = ShortHopConfig();
  config.encoder.resblock_kernel_sizes = {3, 4};
  try {
    Codec(ops->device(), RandomArchive(config, 1), /*with_encoder=*/true);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  }
}

}  // namespace
}  // namespace kani::codec
