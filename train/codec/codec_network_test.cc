// The network that is trained is the one that speaks, and its gradients are those of NeMo.
#include "train/codec/codec_network.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/testing.h"
#include "codec/random_codec.h"
#include "model/nemo.h"
#include "train/codec/codec_trainer.h"
#include "train/codec/discriminators.h"
#include "train/codec/first_weights.h"
#include "train/codec/nemo_output.h"
#include "train/codec/testing.h"

namespace kani::train {
namespace {

model::CodecConfig SmallConfig() {
  return codec::ProfileConfig(codec::Profile::k0_6kbps_12_5fps, 3, 96);
}

/// The same random weights in both.
struct Both {
  explicit Both(at::ScalarType compute = at::kFloat) : network(SmallConfig(), compute) {
    const model::NemoArchive archive = codec::RandomArchive(SmallConfig(), 3);
    LoadCodec(*archive.weights, network);
    codec = std::make_unique<codec::Codec>(ops->device(), archive, /*with_encoder=*/true);
  }

  std::unique_ptr<kernels::Ops> ops = kernels::MakeOps("reference", 1);
  CodecNetwork network;
  std::unique_ptr<codec::Codec> codec;
};

constexpr int64_t kFrames = 12;

TEST(CodecNetworkTest, EncodesToTheCodesOfTheCodecThatSpeaks) {
  const at::NoGradGuard no_gradients;
  const Both both;
  const std::vector<float> samples = codec::RandomSamples(kFrames * 1764, 1);
  const codec::Codes expected = both.codec->Encode(*both.ops, samples);
  const at::Tensor latent = both.network.Latent(at::tensor(samples).unsqueeze(0));
  const at::Tensor codes = both.network.Codes(both.network.Quantise(latent).levels);
  ASSERT_EQ(codes.numel(), std::ssize(expected.values));
  for (int64_t i = 0; i < codes.numel(); ++i) {
    EXPECT_EQ(codes.data_ptr<int64_t>()[i], expected.values[static_cast<size_t>(i)]) << i;
  }
}

TEST(CodecNetworkTest, DecodesToTheSamplesOfTheCodecThatSpeaks) {
  const at::NoGradGuard no_gradients;
  const Both both;
  const codec::Codes codes = codec::RandomCodes(SmallConfig(), kFrames, 2);
  const std::vector<float> expected = both.codec->Decode(*both.ops, codes);
  const at::Tensor given = at::tensor(codes.values, at::kLong).view({1, kFrames, -1});
  const at::Tensor samples = both.network.Decode(both.network.Values(given));
  const at::Tensor difference = samples[0] - at::tensor(expected);
  EXPECT_GT(samples.std().item<double>(), 0.01);
  EXPECT_LE(difference.abs().max().item<double>(), 2e-5);
}

TEST(CodecNetworkTest, CodesAndValuesAreEachOthersInverse) {
  const CodecNetwork network(SmallConfig(), at::kFloat);
  const at::Tensor codes = at::arange(4032).view({1, -1, 4});
  const at::Tensor values = network.Values(codes);
  const at::Tensor halves = at::tensor({4.f, 4.f, 4.f, 3.f}).repeat({4});
  EXPECT_TRUE(network.Codes(values * halves).equal(codes));
}

TEST(CodecNetworkTest, GradientsPassTheQuantiserAsIfNothingWereRounded) {
  const CodecNetwork network(SmallConfig(), at::kFloat);
  const at::Tensor latent = RandomTensor({2, 3, 16}, 5).requires_grad_();
  network.Quantise(latent).values.sum().backward();
  const at::Tensor x = latent.detach().view({2, 3, 4, 4});
  const at::Tensor levels = at::tensor({9., 8., 8., 7.}, at::kFloat);
  const at::Tensor scale = (levels - 1) / 2 * 0.999;
  const at::Tensor offset = at::tensor({0., 0.5, 0.5, 0.}, at::kFloat);
  const at::Tensor slope =
      scale * (1 - (x + (offset / scale).tan()).tanh().square()) / (levels / 2).floor();
  EXPECT_TRUE(at::allclose(latent.grad(), slope.flatten(2), 1e-5, 1e-6));
}

TEST(CodecNetworkTest, LowerPrecisionDecodesToNearlyTheSame) {
  const at::NoGradGuard no_gradients;
  const Both exact, coarse(at::kBFloat16);
  const codec::Codes codes = codec::RandomCodes(SmallConfig(), kFrames, 2);
  const at::Tensor given = at::tensor(codes.values, at::kLong).view({1, kFrames, -1});
  const at::Tensor expected = exact.network.Decode(exact.network.Values(given));
  const at::Tensor found = coarse.network.Decode(coarse.network.Values(given));
  EXPECT_LE((found - expected).abs().mean().item<double>(),
            0.03 * expected.abs().mean().item<double>());
}

TEST(CodecNetworkTest, WhatIsWrittenIsReadBackAndSpeaks) {
  const TestFolder folder;
  const Both both;
  WriteCodec(folder / "codec.nemo", both.network);
  const model::NemoArchive archive = model::OpenNemo(folder / "codec.nemo");
  CodecNetwork again(archive.config, at::kFloat);
  LoadCodec(*archive.weights, again);
  EXPECT_TRUE(again.parameters().values().equal(both.network.parameters().values()));
  const codec::Codec codec(both.ops->device(), archive, /*with_encoder=*/true);
  const codec::Codes codes = codec::RandomCodes(SmallConfig(), 3, 2);
  EXPECT_EQ(codec.Decode(*both.ops, codes), both.codec->Decode(*both.ops, codes));
}

/// One pass of NeMo's generator, with the weights of a golden codec and its discriminator.
TEST(CodecNetworkTest, AWholePassAndItsGradientsAreThoseOfNemo) {
  for (const auto& [version, frames] :
       {std::pair{"nemo_2.4", MelFrames::kReflected}, std::pair{"nemo_2.7", MelFrames::kSilent}}) {
    const Golden golden(TrainingGoldens() / "codec" / version, "generator_pass.safetensors");
    const model::NemoArchive archive =
        model::OpenNemo(GoldenFolder() / "codec/four_codebooks_12fps/new_names.nemo");
    CodecNetwork network(archive.config, at::kFloat);
    LoadCodec(*archive.weights, network);
    const SpectralLoss spectral(
        {.windows = {64, 256, 1024}, .mel_bands = {10, 40, 80}, .mel_frames = frames}, 22050);
    Discriminators discriminators(
        {.periods = {}, .period_channels = {}, .windows = {128}, .bands = {0, 1}}, 1);
    LoadDiscriminators(*archive.weights, discriminators);

    const at::Tensor real = golden["audio"];
    const at::Tensor generated = network.Decode(network.Quantise(network.Latent(real)).values);
    golden.ExpectEqual("audio_gen", generated);
    const SpectralLoss::Distance distance = spectral(generated, real);
    golden.ExpectEqual("loss.mel_l1", distance.mel);
    golden.ExpectEqual("loss.stft", distance.stft);
    const Judgements of_real = discriminators(real, false);
    const Judgements of_generated = discriminators(generated, false);
    const at::Tensor adversarial = AdversarialLoss(of_generated);
    const at::Tensor feature = FeatureLoss(of_real, of_generated);
    golden.ExpectEqual("loss.adversarial", adversarial.item<double>());
    golden.ExpectEqual("loss.feature", feature.item<double>());
    const at::Tensor total = distance.total + adversarial + feature;
    golden.ExpectEqual("loss.total", total.item<double>());
    total.backward();
    int compared = 0;
    for (const auto& [key, view] : golden.store().tensors()) {
      std::string name = key.substr(key.find('.') + 1);
      if (!key.starts_with("gradient.")) continue;
      for (const auto& [newer, older] :
           {std::pair{".parametrizations.weight.original0", ".weight_g"},
            std::pair{".parametrizations.weight.original1", ".weight_v"}}) {
        if (name.ends_with(newer))
          name.replace(name.rfind(newer), std::string(newer).size(), older);
      }
      golden.ExpectEqual(key, network.parameters().Get(name).grad());
      ++compared;
    }
    EXPECT_GT(compared, 20);
  }
}

}  // namespace
}  // namespace kani::train
