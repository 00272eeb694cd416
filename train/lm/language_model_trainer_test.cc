#include "train/lm/language_model_trainer.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/lm/initialise.h"
#include "train/nn/trained_state.h"

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
  explicit SmallRun(TrainerSettings settings = {})
      : trainer(
            model,
            [&] {
              settings.schedule = {1e-2, 2, 80};
              return LanguageModelTrainerSettings{settings};
            }(),
            alone) {
    Initialise(model, 5);
  }
  std::vector<UpdateReport> Updates(int count) {
    std::vector<UpdateReport> reports;
    for (int i = 0; i < count; ++i) reports.push_back(trainer.Update(batches));
    return reports;
  }

  LanguageModel model{SmallConfig()};
  ProcessGroup alone;
  LanguageModelTrainer trainer;
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
  const TrainerSettings settings = {.average_decay = 0.9, .spike_ratio = 3};
  SmallRun whole(settings), first(settings), second(settings);
  whole.Updates(3);
  first.Updates(3);
  Snapshot snapshot;
  TakeSnapshot(first.trainer, snapshot);
  WriteCheckpoint(folder, snapshot, {});
  second.Updates(1);  // whatever it did before must not show
  Restore(LatestCheckpoint(folder), second.trainer);
  const std::vector<UpdateReport> expected = whole.Updates(4), resumed = second.Updates(4);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(resumed[i].loss, expected[i].loss) << i;
    EXPECT_EQ(resumed[i].rate, expected[i].rate) << i;
  }
  EXPECT_TRUE(at::equal(second.model.parameters().values(), whole.model.parameters().values()));
  EXPECT_TRUE(at::equal(second.trainer.average.values, whole.trainer.average.values));
  EXPECT_EQ(second.trainer.guard.usual_norm, whole.trainer.guard.usual_norm);
  fs::remove_all(folder);
}

TEST(TrainerTest, SkipsAnUpdateThatIsNotFinite) {
  SmallRun run;
  run.Updates(3);
  const at::Tensor before = run.model.parameters().values().clone();
  run.batches[0].speakers.fill_(std::numeric_limits<float>::quiet_NaN());
  const UpdateReport report = run.Updates(1)[0];
  EXPECT_EQ(report.outcome, UpdateOutcome::kNotFinite);
  EXPECT_TRUE(at::equal(run.model.parameters().values(), before));
  EXPECT_EQ(run.trainer.step, 4);
}

TEST(TrainerTest, SkipsASpike) {
  SmallRun run({.spike_ratio = 3});
  run.Updates(3);
  const at::Tensor before = run.model.parameters().values().clone();
  run.batches[0].speakers.fill_(0.0);
  run.trainer.guard.usual_norm /= 1000;
  EXPECT_EQ(run.Updates(1)[0].outcome, UpdateOutcome::kSpike);
  EXPECT_TRUE(at::equal(run.model.parameters().values(), before));
}

TEST(TrainerTest, AveragesTheWeightsThatACheckpointHolds) {
  SmallRun run({.average_decay = 0.5});
  const at::Tensor start = run.model.parameters().values().clone();
  run.Updates(2);  // the first has rate 0
  const at::Tensor trained = run.model.parameters().values().clone();
  EXPECT_TRUE(at::allclose(run.trainer.average.values, (start + trained) / 2, 1e-5, 1e-7));
  {
    const AveragedWeights averaged(run.model.parameters(), run.trainer.average);
    EXPECT_TRUE(at::equal(run.model.parameters().values(), run.trainer.average.values));
  }
  EXPECT_TRUE(at::equal(run.model.parameters().values(), trained));
  Snapshot snapshot;
  TakeSnapshot(run.trainer, snapshot);
  const at::Tensor last =
      run.trainer.average.values.narrow(0, run.trainer.average.values.size(0) - 1, 1);
  float saved = 0;
  std::memcpy(&saved, snapshot.weights.back().bytes.data(), sizeof saved);
  EXPECT_EQ(saved, last.item<float>());
}

TEST(TrainerTest, FrozenWeightsStayAndTheOthersLearn) {
  LanguageModel model(SmallConfig());
  Initialise(model, 5);
  Parameters& parameters = model.parameters();
  EXPECT_EQ(FreezeParts(parameters, {"embed_tokens", "layers.1"}), (std::vector<std::string>{}));
  EXPECT_EQ(FreezeParts(parameters, {"layers.77"}), (std::vector<std::string>{"layers.77"}));
  const at::Tensor before = parameters.values().clone();
  ProcessGroup alone;
  LanguageModelTrainer trainer(model, {{.schedule = {1e-2, 0, 10}, .weight_decay = 0.1}}, alone);
  trainer.Update(Batches(model.config()));
  for (size_t i = 0; i < parameters.specs().size(); ++i) {
    const TensorSpec& spec = parameters.specs()[i];
    const bool is_frozen =
        spec.name == "model.embed_tokens.weight" || spec.name.starts_with("model.layers.1.");
    const int64_t size = ElementCount(spec.shape), offset = parameters.Offset(i);
    EXPECT_EQ(is_frozen, at::equal(parameters.values().narrow(0, offset, size),
                                   before.narrow(0, offset, size)))
        << spec.name;
  }
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

TEST(PackTest, ReadsInputsAndPredictsRowsFromTheFirstTarget) {
  const model::LmConfig config = SmallConfig();
  Clip clip = MakeClip(config, 1);
  const size_t first_audio = 8;
  ASSERT_TRUE(config.tokens.IsAudio(clip.rows[first_audio]));
  clip.inputs = clip.rows;
  clip.inputs[first_audio] += 1;
  clip.first_target = first_audio;
  const PackedBatch batch = Pack({&clip, 1}, config);
  EXPECT_EQ(batch.target_count, std::ssize(clip.rows) - static_cast<int64_t>(first_audio));
  EXPECT_EQ(batch.tokens[first_audio].item<int64_t>(), clip.rows[first_audio] + 1);
  EXPECT_EQ(batch.targets[first_audio - 1].item<int64_t>(), clip.rows[first_audio]);
  EXPECT_EQ(batch.targets[first_audio - 2].item<int64_t>(), kNoTarget);
  clip.inputs.pop_back();
  EXPECT_THROW(Pack({&clip, 1}, config), Error);
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
