// A model is the same in the trainer and in kani's engine, whatever its configuration.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "formats/safetensors.h"
#include "kernels/device.h"
#include "lm/random_model.h"
#include "tests/training/logits.h"
#include "train/data/testing.h"
#include "train/lm/testing.h"

namespace kani::train {
namespace {

struct Variant {
  std::string name;
  int32_t codebooks = 4;
  double audio_step = 1.0;
  bool use_learnable_rope = true, tie_word_embeddings = true, conv_bias = false;
  int64_t taps = 3;
};

model::LmConfig ConfigOf(const Variant& variant) {
  model::LmConfig config = lm::RandomModelConfig(variant.codebooks);
  config.audio_step = variant.audio_step;
  config.use_learnable_rope = variant.use_learnable_rope;
  config.tie_word_embeddings = variant.tie_word_embeddings;
  config.conv_bias = variant.conv_bias;
  config.conv_L_cache = variant.taps;
  return config;
}

class TrainerAndEngineTest : public testing::TestWithParam<Variant> {};

TEST_P(TrainerAndEngineTest, GiveEveryRowOfEveryClipTheSameLogits) {
  at::set_num_threads(1);
  const model::LmConfig config = ConfigOf(GetParam());
  LanguageModel trainer(config);
  DrawWeights(trainer, 7);
  const TestFolder folder;
  formats::WriteSafetensors(folder / "model.safetensors", trainer.parameters().Tensors());

  std::vector<Clip> clips = {RandomClip(config, 1, 12, true), RandomClip(config, 2, 5, false),
                             RandomClip(config, 3, 30, true)};
  clips.push_back({.rows = {config.tokens.start_of_human()}});  // shorter than the convolution
  const std::vector<float> ours = TrainerLogits(trainer, clips);
  for (const char* device : {"reference", "cpu"}) {
    const auto made = kernels::MakeDevice(device);
    const lm::LanguageModel engine(*made, config,
                                   formats::OpenSafetensors(folder / "model.safetensors"),
                                   kernels::WeightFormat::kFp32);
    const std::vector<float> theirs = EngineLogits(engine, clips);
    ASSERT_EQ(ours.size(), theirs.size());
    const Distance distance = DistanceOf(ours, theirs, config.vocab_size);
    EXPECT_LT(distance.relative, kTolerance) << device;
    RecordProperty(std::string("relative_") + device, StrCat(distance.relative));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, TrainerAndEngineTest,
    testing::Values(
        Variant{.name = "AsPublished"}, Variant{.name = "HalfAStepAFrame", .audio_step = 0.5},
        Variant{.name = "SmallStepsOfOneCodebook", .codebooks = 1, .audio_step = 0.1},
        Variant{.name = "ThreeCodebooksAndPlainRope", .codebooks = 3, .use_learnable_rope = false},
        Variant{.name = "AHeadOfItsOwnBiasesAndFourTaps",
                .tie_word_embeddings = false,
                .conv_bias = true,
                .taps = 4}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace kani::train
