#include "train/codec/spectral_loss.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "base/error.h"
#include "base/testing.h"
#include "train/codec/testing.h"

namespace kani::train {
namespace {

constexpr int64_t kRateHz = 22050;

struct Version {
  const char* folder;
  MelFrames frames;
};
void PrintTo(const Version& version, std::ostream* out) { *out << version.folder; }

/// What two versions of NeMo compute for two clips of different lengths.
class SpectralLossTest : public testing::TestWithParam<Version> {
 protected:
  /// Loss and, if there is one, gradient of one kind of distance.
  void Expect(SpectralLossSettings settings, bool mel, const std::string& name) const {
    settings.mel_frames = GetParam().frames;
    settings.mel_weight = mel ? 1 : 0;
    settings.stft_weight = mel ? 0 : 1;
    const SpectralLoss loss(settings, kRateHz);
    const at::Tensor generated = golden_["audio_gen"].clone().requires_grad_();
    const SpectralLoss::Distance found = loss(generated, golden_["audio_real"], lengths_);
    golden_.ExpectEqual("loss." + name, found.total.item<double>());
    golden_.ExpectEqual("loss." + name, mel ? found.mel : found.stft);
    found.total.backward();
    if (golden_.store().Find("gradient." + name) != nullptr) {
      golden_.ExpectEqual("gradient." + name, generated.grad());
    }
  }

  const Golden golden_{TrainingGoldens() / "codec" / GetParam().folder, "losses.safetensors"};
  const std::vector<int64_t> lengths_ = {golden_["audio_len"][0].item<int64_t>(),
                                         golden_["audio_len"][1].item<int64_t>()};
};

TEST_P(SpectralLossTest, AllResolutionsTogetherAreThoseOfNemoWithTheirGradients) {
  Expect({}, /*mel=*/true, "mel_l1");
  Expect({}, /*mel=*/false, "stft");
}

TEST_P(SpectralLossTest, WhatOtherDevicesComputeIsTheSame) {
  SpectralLossSettings settings;
  settings.mel_frames = GetParam().frames;
  settings.mel_guard = settings.stft_guard = 0.05;
  const SpectralLoss loss(settings, kRateHz);
  const at::Tensor a = golden_["audio_gen"].clone().requires_grad_();
  const at::Tensor b = golden_["audio_gen"].clone().requires_grad_();
  const SpectralLoss::Distance fast = loss(a, golden_["audio_real"], lengths_);
  const SpectralLoss::Distance plain = loss.Plain(b, golden_["audio_real"], lengths_);
  EXPECT_NEAR(fast.mel, plain.mel, 2e-5 * plain.mel);
  EXPECT_NEAR(fast.stft, plain.stft, 2e-5 * plain.stft);
  EXPECT_NEAR(fast.total.item<double>(), plain.total.item<double>(), 1e-3);
  fast.total.backward();
  plain.total.backward();
  const double size = b.grad().abs().max().item<double>();
  EXPECT_LE((a.grad() - b.grad()).abs().max().item<double>(), 2e-4 * size);
}

TEST_P(SpectralLossTest, EachResolutionIsThatOfNemo) {
  const SpectralLossSettings all;
  for (size_t i = 0; i < all.windows.size(); ++i) {
    const SpectralLossSettings one{.windows = {all.windows[i]}, .mel_bands = {all.mel_bands[i]}};
    Expect(one, /*mel=*/true, "mel_l1." + std::to_string(all.windows[i]));
    Expect(one, /*mel=*/false, "stft." + std::to_string(all.windows[i]));
  }
}

TEST_P(SpectralLossTest, TheGuardOfTheLogarithmIsThatOfNemo) {
  Expect({.mel_guard = 0.05}, /*mel=*/true, "mel_l1.log_guard_0.05");
}

TEST_P(SpectralLossTest, FiltersAreThoseOfNemo) {
  for (const int64_t window : {128, 512}) {
    const std::string name = "mel_filters." + std::to_string(window);
    const at::Tensor filters = MelFilters(window, golden_[name].size(0), kRateHz);
    golden_.ExpectEqual(name, filters.t());
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, SpectralLossTest,
                         testing::Values(Version{"nemo_2.4", MelFrames::kReflected},
                                         Version{"nemo_2.7", MelFrames::kSilent}));

TEST(SpectralLossSettingsTest, ListsThatDoNotFitAreRefused) {
  SpectralLossSettings settings;
  const auto failure = [&] { return Failure([&] { Check(settings); }); };
  settings.windows = {32, 64};
  settings.mel_bands = {5};
  EXPECT_NE(failure().find("2 windows and 1 numbers of mel bands"), std::string::npos);
  settings.windows = {30};
  EXPECT_NE(failure().find("multiple of 4"), std::string::npos);
  settings.windows = {32};
  settings.mel_guard = 0;
  EXPECT_NE(failure().find("above 0"), std::string::npos);
  settings.mel_guard = 1;
  EXPECT_EQ(failure(), "accepted");
}

}  // namespace
}  // namespace kani::train
