#include "train/lm/language_model.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "formats/safetensors.h"
#include "train/lm/packed_batch.h"
#include "train/optim/adamw.h"
#include "train/optim/schedule.h"

namespace kani::train {
namespace {

const std::string kCase = KANI_TEST_DATA "/training/golden/";

/// The official pretraining code's losses, gradients and updates on three clips.
class OfficialTrainingTest : public testing::Test {
 protected:
  OfficialTrainingTest() {
    model_.parameters().Load(*formats::OpenSafetensors(kCase + "model.safetensors"));
  }

  static nlohmann::json Json(const char* name) {
    std::ifstream file(kCase + name);
    return nlohmann::json::parse(file);
  }

  Clip ReadClip(int index) const {
    const std::string prefix = "clip_" + std::to_string(index);
    Clip clip;
    for (const int64_t id : golden_->Find(prefix + ".input_ids")->Ints()) {
      clip.rows.push_back(static_cast<int32_t>(id));
    }
    clip.rows.insert(clip.rows.begin() + 1, model::kSpeakerRow);
    clip.speaker = golden_->Find(prefix + ".speaker_emb")->Floats();
    return clip;
  }
  std::vector<Clip> Clips() const { return {ReadClip(0), ReadClip(1), ReadClip(2)}; }

  void ExpectNear(const at::Tensor& ours, const formats::TensorStore& expected, const char* file,
                  const std::string& name) const {
    const TensorView* view = expected.Find(name);
    ASSERT_NE(view, nullptr) << name;
    std::vector<float> values = view->Floats();
    const at::Tensor theirs = at::from_blob(values.data(), view->shape, at::kFloat);
    ASSERT_EQ(ours.sizes(), theirs.sizes()) << name;
    const double tolerance = manifest_["tensors"][file][name]["tolerance_abs"].get<double>();
    EXPECT_LE((ours - theirs).abs().max().item<double>(), tolerance) << name;
  }

  /// Compares every tensor of `file` whose name starts with `prefix`, by the rest of its name.
  template <typename Get>
  void ExpectAll(const formats::TensorStore& store, const char* file, const std::string& prefix,
                 const Get& get) const {
    int compared = 0;
    for (const auto& [name, view] : store.tensors()) {
      if (!name.starts_with(prefix)) continue;
      ExpectNear(get(name.substr(prefix.size())), store, file, name);
      ++compared;
    }
    EXPECT_GT(compared, 10) << prefix;
  }

  void ExpectLossAndGradients(std::span<const Clip> clips, const std::string& tag) {
    model_.parameters().gradients().zero_();
    const at::Tensor loss = model_.LossSum(Pack(clips, model_.config()));
    loss.backward();
    ExpectNear(loss.detach(), *golden_, kLosses, tag + ".sum.loss");
    ExpectAll(*golden_, kLosses, tag + ".sum.gradient.",
              [&](const std::string& name) { return model_.parameters().Get(name).grad(); });
  }

  static constexpr const char* kLosses = "loss_and_gradients.safetensors";
  nlohmann::json manifest_ = Json("manifest.json");
  std::unique_ptr<formats::TensorStore> golden_ = formats::OpenSafetensors(kCase + kLosses);
  LanguageModel model_{model::LoadLmConfig(kCase + "config.json")};
};

TEST_F(OfficialTrainingTest, LogitsOfEachClipAreTheOfficialOnes) {
  for (int i = 0; i < 3; ++i) {
    const Clip clip = ReadClip(i);
    const at::Tensor logits = model_.Logits(model_.Hidden(Pack({&clip, 1}, model_.config())));
    ExpectNear(logits.detach(), *golden_, kLosses, "clip_" + std::to_string(i) + ".logits");
  }
}

TEST_F(OfficialTrainingTest, APackedBatchHasTheLossAndGradientsOfTheOfficialPaddedOne) {
  const std::vector<Clip> clips = Clips();
  EXPECT_EQ(Pack(clips, model_.config()).target_count, manifest_["findings"]["targets"]);
  ExpectLossAndGradients(clips, "batch");
}

TEST_F(OfficialTrainingTest, OneClipHasItsLossAndGradients) {
  const Clip clip = ReadClip(0);
  ExpectLossAndGradients({&clip, 1}, "clip_0");
}

TEST_F(OfficialTrainingTest, FiveUpdatesEqualTheOfficialTrainers) {
  const nlohmann::json log = Json("trainer_log.json");
  const nlohmann::json& settings = log["settings"];
  const CosineSchedule schedule{settings["learning_rate"], settings["warmup_steps"],
                                settings["steps"]};
  Parameters& parameters = model_.parameters();
  const int64_t alphas = model_.alpha_offset(), all = parameters.values().size(0);
  ASSERT_LT(alphas, all);
  AdamW optimizer(
      parameters.values(), parameters.gradients(),
      {{0, alphas, 1.0, settings["weight_decay"]}, {alphas, all, settings["alpha_lr_ratio"], 0.0}},
      {settings["betas"][0], settings["betas"][1], settings["eps"]});
  const PackedBatch batch = Pack(Clips(), model_.config());
  // Upstream divides by the labels counted before the shift, one more per clip than there are
  // targets.
  const double counted = manifest_["findings"]["labels_counted_by_trainer"];
  for (const nlohmann::json& update : log["updates"]) {
    parameters.gradients().zero_();
    const at::Tensor loss = model_.LossSum(batch) / counted;
    loss.backward();
    EXPECT_NEAR(loss.item<double>(), update["loss"].get<double>(), 2e-4);
    const double norm = ClipNorm(parameters.gradients(), settings["max_grad_norm"]);
    EXPECT_NEAR(norm, update["grad_norm_before_clipping"].get<double>(), 1e-4);
    const double rate = schedule.Rate(optimizer.steps);
    EXPECT_NEAR(rate, update["lr_of_this_update"][0].get<double>(), 1e-12);
    optimizer.Step(rate);
  }
  const auto after = formats::OpenSafetensors(kCase + "after_trainer.safetensors");
  ExpectAll(*after, "after_trainer.safetensors", "parameter.",
            [&](const std::string& name) { return parameters.Get(name).detach(); });
  ExpectAll(*after, "after_trainer.safetensors", "exp_avg.", [&](const std::string& name) {
    const at::Tensor& view = parameters.Get(name);
    return optimizer.first_moments.narrow(0, view.storage_offset(), view.numel())
        .view(view.sizes());
  });
}

}  // namespace
}  // namespace kani::train
