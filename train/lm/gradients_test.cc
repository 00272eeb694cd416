// Gradients of the whole model against the slopes of its loss, for weights of every kind.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "train/lm/language_model.h"
#include "train/lm/packed_batch.h"
#include "train/lm/testing.h"

namespace kani::train {
namespace {

/// With everything a configuration can have: biases, a head of its own, two frames a position.
model::LmConfig FullConfig() {
  model::LmConfig config = model::LoadLmConfig(KANI_TEST_DATA "/training/golden/config.json");
  config.conv_bias = true;
  config.tie_word_embeddings = false;
  config.audio_step = 0.5;
  return config;
}

class GradientsTest : public testing::Test {
 protected:
  GradientsTest() {
    DrawWeights(model_, 11);
    const model::LmConfig& config = model_.config();
    clips_ = {RandomClip(config, 1, 4, true), RandomClip(config, 2, 1, false),
              RandomClip(config, 3, 6, true)};
    const int32_t first = config.tokens.start_of_human();
    // Shorter than the convolution, at the front, in the middle and at the end.
    clips_.insert(clips_.begin(), {.rows = {first, 5}});
    clips_.insert(clips_.begin() + 2, {.rows = {first}});
    clips_.push_back({.rows = {first, 9, 3}});
  }

  /// The loss that is trained; leaves its gradients.
  double TrainedLoss(std::span<const Clip> clips) {
    const at::Tensor loss = model_.LossSum(Pack(clips, model_.config()));
    loss.backward();
    return loss.item<double>();
  }

  /// The same by its definition, summed in double so that small steps show.
  double Loss(const PackedBatch& batch) const {
    const at::NoGradGuard no_gradient;
    const at::Tensor logits = model_.Logits(model_.Hidden(batch)).to(at::kDouble);
    return at::cross_entropy_loss(logits, batch.targets, {}, at::Reduction::Sum, kNoTarget)
        .item<double>();
  }

  /// Of the loss along `direction`, a unit vector, at the weight as it is.
  double Slope(const at::Tensor& weight, const at::Tensor& direction, const PackedBatch& batch) {
    constexpr double kStep = 2e-2;
    at::Tensor values = weight.detach();  // shares the memory
    const at::Tensor before = values.clone();
    const auto loss = [&](double offset) {
      values.copy_(before + offset * direction);
      const double found = Loss(batch);
      values.copy_(before);
      return found;
    };
    const double near = loss(kStep) - loss(-kStep), far = loss(2 * kStep) - loss(-2 * kStep);
    return (8 * near - far) / (12 * kStep);  // fourth order
  }

  LanguageModel model_{FullConfig()};
  std::vector<Clip> clips_;
};

TEST_F(GradientsTest, OfEveryWeightAreTheSlopesOfTheLoss) {
  // A share of the slope that a random direction usually has; fp32 rounds by up to 0.002.
  constexpr double kTolerance = 0.01;
  const PackedBatch batch = Pack(clips_, model_.config());
  const double loss = Loss(batch);
  EXPECT_NEAR(TrainedLoss(clips_), loss, 1e-5 * loss);
  at::manual_seed(3);
  for (const TensorSpec& spec : model_.parameters().specs()) {
    const at::Tensor& weight = model_.parameters().Get(spec.name);
    const double typical =
        weight.grad().norm().item<double>() / std::sqrt(static_cast<double>(weight.numel()));
    EXPECT_GT(typical, 0) << spec.name;
    for (int i = 0; i < 3; ++i) {
      const at::Tensor draw = at::randn(weight.sizes());
      const at::Tensor direction = draw / draw.norm();
      const double expected = (weight.grad() * direction).sum().item<double>();
      EXPECT_NEAR(Slope(weight, direction, batch), expected, kTolerance * typical) << spec.name;
    }
  }
}

TEST_F(GradientsTest, OfAPackedBatchAreThoseOfItsClipsOneByOne) {
  const at::Tensor& gradients = model_.parameters().gradients();
  const double packed_loss = TrainedLoss(clips_);
  const at::Tensor packed = gradients.clone();
  gradients.zero_();
  double loss = 0;
  for (const Clip& clip : clips_) loss += TrainedLoss({&clip, 1});
  EXPECT_NEAR(packed_loss, loss, 1e-5 * loss);
  for (size_t i = 0; i < model_.parameters().specs().size(); ++i) {
    const TensorSpec& spec = model_.parameters().specs()[i];
    const auto of = [&](const at::Tensor& all) {
      return all.narrow(0, model_.parameters().Offset(i), ElementCount(spec.shape));
    };
    const double scale = of(gradients).abs().max().item<double>();
    const double apart = (of(packed) - of(gradients)).abs().max().item<double>();
    EXPECT_GT(scale, 0) << spec.name;
    EXPECT_LT(apart, 1e-4 * scale) << spec.name;
  }
}

}  // namespace
}  // namespace kani::train
