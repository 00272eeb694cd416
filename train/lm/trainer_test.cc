#include "train/lm/trainer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/lm/initialise.h"
#include "train/lm/run_state.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

model::LmConfig SmallConfig() {
  return model::LoadLmConfig(KANI_TEST_DATA "/training/golden/config.json");
}

/// A clip whose frames repeat: something a model can learn.
Clip MakeClip(const model::LmConfig& config, int seed) {
  const model::TokenLayout& tokens = config.tokens;
  Clip clip{{tokens.start_of_human(), model::kSpeakerRow, 1, 20 + seed, 2, tokens.end_of_human(),
             tokens.start_of_ai(), tokens.start_of_speech()},
            std::vector<float>(static_cast<size_t>(config.speaker_emb_dim), 0.1f)};
  for (int frame = 0; frame < 4 + seed; ++frame) {
    for (int book = 0; book < tokens.codebooks; ++book) {
      clip.rows.push_back(tokens.CodebookStart(book) + (seed * 7 + book) % tokens.codebook_size);
    }
  }
  clip.rows.push_back(tokens.end_of_speech());
  clip.rows.push_back(tokens.end_of_ai());
  return clip;
}

std::vector<PackedBatch> Batches(const model::LmConfig& config) {
  const std::vector<Clip> clips = {MakeClip(config, 1), MakeClip(config, 2), MakeClip(config, 3)};
  return {Pack(std::span(clips).first(2), config), Pack(std::span(clips).last(1), config)};
}

struct SmallRun {
  SmallRun() { Initialise(model, 5); }
  std::vector<UpdateReport> Updates(int count) {
    std::vector<UpdateReport> reports;
    for (int i = 0; i < count; ++i) reports.push_back(trainer.Update(batches));
    return reports;
  }

  LanguageModel model{SmallConfig()};
  Trainer trainer{model, {.schedule = {1e-2, 2, 80}}};
  std::vector<PackedBatch> batches = Batches(model.config());
};

TEST(TrainerTest, LearnsThreeClipsByHeart) {
  SmallRun run;
  const std::vector<UpdateReport> reports = run.Updates(80);
  EXPECT_GT(reports.front().loss, 4.0);
  EXPECT_LT(reports.back().loss, 0.2);
}

TEST(TrainerTest, AccumulatesSoThatEveryTargetCountsTheSame) {
  SmallRun split, joint;
  const model::LmConfig& config = joint.model.config();
  const std::vector<Clip> clips = {MakeClip(config, 1), MakeClip(config, 2), MakeClip(config, 3)};
  joint.batches = {Pack(clips, config)};
  const UpdateReport a = split.Updates(1)[0], b = joint.Updates(1)[0];
  EXPECT_EQ(a.targets, b.targets);
  EXPECT_NEAR(a.loss, b.loss, 1e-5);
  const at::Tensor difference =
      split.model.parameters().gradients() - joint.model.parameters().gradients();
  EXPECT_LT(difference.abs().max().item<double>(), 1e-6);
}

TEST(TrainerTest, ARunThatWasSavedAndRestoredGoesOnWithTheSameBits) {
  const fs::path folder = fs::path(testing::TempDir()) / "kani_train_resume";
  fs::remove_all(folder);
  SmallRun whole, first, second;
  whole.Updates(3);
  first.Updates(3);
  WriteCheckpoint(folder, TakeSnapshot(first.model, first.trainer, {}), {});
  second.Updates(1);  // whatever it did before must not show
  Restore(LatestCheckpoint(folder), second.model, second.trainer);
  const std::vector<UpdateReport> expected = whole.Updates(4), resumed = second.Updates(4);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(resumed[i].loss, expected[i].loss) << i;
    EXPECT_EQ(resumed[i].rate, expected[i].rate) << i;
  }
  EXPECT_TRUE(at::equal(second.model.parameters().values(), whole.model.parameters().values()));
  fs::remove_all(folder);
}

TEST(TrainerTest, SkipsAnUpdateThatIsNotFinite) {
  SmallRun run;
  run.Updates(3);
  const at::Tensor before = run.model.parameters().values().clone();
  run.batches[0].speakers.fill_(std::numeric_limits<float>::quiet_NaN());
  const UpdateReport report = run.Updates(1)[0];
  EXPECT_FALSE(report.applied);
  EXPECT_TRUE(at::equal(run.model.parameters().values(), before));
  EXPECT_EQ(run.trainer.step, 4);
}

TEST(InitialiseTest, DependsOnTheSeedAlone) {
  LanguageModel a(SmallConfig()), b(SmallConfig()), c(SmallConfig());
  Initialise(a, 1);
  Initialise(b, 1);
  Initialise(c, 2);
  EXPECT_TRUE(at::equal(a.parameters().values(), b.parameters().values()));
  EXPECT_FALSE(at::equal(a.parameters().values(), c.parameters().values()));
  EXPECT_NEAR(a.parameters().Get("model.embed_tokens.weight").std().item<double>(), 0.02, 0.001);
}

TEST(PackTest, RefusesClipsThatTheModelCannotRead) {
  const model::LmConfig config = SmallConfig();
  Clip clip = MakeClip(config, 1);
  clip.speaker.pop_back();
  EXPECT_THROW(Pack({&clip, 1}, config), Error);
  clip = MakeClip(config, 1);
  clip.rows.back() = static_cast<int32_t>(config.vocab_size);
  EXPECT_THROW(Pack({&clip, 1}, config), Error);
  clip.rows.clear();
  EXPECT_THROW(Pack({&clip, 1}, config), Error);
}

}  // namespace
}  // namespace kani::train
