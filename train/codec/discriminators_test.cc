#include "train/codec/discriminators.h"

#include <gtest/gtest.h>

#include <cmath>

#include "model/nemo.h"
#include "train/codec/first_weights.h"
#include "train/codec/testing.h"

namespace kani::train {
namespace {

class DiscriminatorGoldenTest : public testing::TestWithParam<const char*> {
 protected:
  DiscriminatorGoldenTest() {
    const model::NemoArchive archive =
        model::OpenNemo(GoldenFolder() / "codec/four_codebooks_12fps/new_names.nemo");
    LoadDiscriminators(*archive.weights, discriminators_);
  }
  /// Loss and the gradient of the generated sound.
  void Expect(const std::string& name, const at::Tensor& loss) const {
    golden_.ExpectEqual("loss." + name, loss.item<double>());
    generated_.mutable_grad() = at::Tensor();
    loss.backward({}, /*keep_graph=*/true);
    golden_.ExpectEqual("gradient." + name, generated_.grad());
  }

  const std::filesystem::path folder_ = TrainingGoldens() / "codec" / GetParam();
  const Golden golden_{folder_, "gan.safetensors"}, losses_{folder_, "losses.safetensors"};
  Discriminators discriminators_{
      {.periods = {}, .period_channels = {}, .windows = {128}, .bands = {0, 1}}, 1};
  const at::Tensor generated_ = losses_["audio_gen"].clone().requires_grad_();
};

TEST_P(DiscriminatorGoldenTest, ScoresLossesAndGradientsAreThoseOfNemo) {
  const Judgements real = discriminators_(losses_["audio_real"], false);
  const Judgements generated = discriminators_(generated_, false);
  // [B, 1, frames, bins]; NeMo's scores have the bins first.
  golden_.ExpectEqual("scores_real", real[0].scores.squeeze(1).transpose(1, 2));
  golden_.ExpectEqual("scores_gen", generated[0].scores.squeeze(1).transpose(1, 2));
  Expect("discriminator", DiscriminatorLoss(real, generated));
  Expect("generator", AdversarialLoss(generated));
  Expect("feature_absolute", FeatureLoss(real, generated));
}

INSTANTIATE_TEST_SUITE_P(Versions, DiscriminatorGoldenTest,
                         testing::Values("nemo_2.4", "nemo_2.7"));

TEST(DiscriminatorsTest, HaveAsManyWeightsAsNemos) {
  const Discriminators all({}, 1);
  int64_t periods = 0, bands = 0;
  for (const TensorSpec& spec : all.parameters().specs()) {
    (spec.name.starts_with("discriminator.discriminators.0.") ? periods : bands) +=
        ElementCount(spec.shape);
  }
  // Without the magnitudes: 41.09 and 0.943 million.
  EXPECT_NEAR(static_cast<double>(periods), 41.1e6, 0.05e6);
  EXPECT_NEAR(static_cast<double>(bands), 0.943e6, 0.005e6);
  EXPECT_EQ(all.parameters().specs().size(), 90u + 10 * 6 * 3);
}

TEST(DiscriminatorsTest, LearnOnlyWhereTheyShall) {
  const Discriminators small({.periods = {2, 3},
                              .period_channels = {4, 8, 8},
                              .windows = {128},
                              .bands = {0, 0.5, 1},
                              .band_channels = 4},
                             1);
  const at::Tensor real = RandomSpeech(2, 3001, 1), generated = 0.1 * RandomTensor({2, 3001}, 2);
  AdversarialLoss(small(generated.requires_grad_(), false)).backward();
  EXPECT_EQ(small.parameters().gradients().abs().sum().item<double>(), 0);
  EXPECT_GT(generated.grad().abs().sum().item<double>(), 0);
  DiscriminatorLoss(small(real, true), small(generated.detach(), true)).backward();
  EXPECT_GT(small.parameters().gradients().abs().sum().item<double>(), 0);
}

}  // namespace
}  // namespace kani::train
