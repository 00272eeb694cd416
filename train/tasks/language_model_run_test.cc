#include "train/tasks/language_model_run.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <filesystem>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/safetensors.h"
#include "model/lm_config.h"
#include "train/data/clip_lengths.h"
#include "train/data/manifest.h"
#include "train/data/shard_builder.h"
#include "train/data/testing.h"
#include "train/distributed/testing.h"
#include "train/observe/metrics_file.h"
#include "train/tokenizer/bpe_trainer.h"
#include "train/tokenizer/tokenizer_writer.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

/// A corpus of invented clips and a model of three small layers without weights.
class LanguageModelRunTest : public testing::Test {
 protected:
  LanguageModelRunTest() {
    at::set_num_threads(1);
    ShardBuilder shard(kTestFormat);
    BpeOptions options{.vocab_size = 280, .codebooks = 2, .codebook_size = 20};
    BpeTrainer tokenizer(options);
    for (const Utterance& clip : TestUtterances(40)) {
      shard.Add(clip);
      tokenizer.Add(clip.text, "clips", 1);
    }
    fs::create_directories(folder_ / "corpus");
    fs::create_directories(folder_ / "model");
    shard.Write(folder_ / "corpus" / "a.safetensors");
    WriteManifest(folder_ / "corpus");
    WriteTokenizer(folder_ / "model", tokenizer.Train());
    WriteFileAtomically(folder_ / "model" / "config.json", std::as_bytes(std::span(Config())));
  }

  static const std::string& Config() {
    static const std::string config = R"({"model_type": "lfm2", "hidden_size": 32,
      "num_hidden_layers": 3, "num_attention_heads": 2, "num_key_value_heads": 1,
      "layer_types": ["conv", "full_attention", "conv"], "intermediate_size": 64,
      "block_auto_adjust_ff_dim": false, "conv_L_cache": 3, "conv_bias": false, "norm_eps": 1e-5,
      "rope_theta": 1000000.0, "max_position_embeddings": 512, "vocab_size": 330,
      "tie_word_embeddings": true, "text_vocab_size": 280, "audio_tokens_start": 290,
      "tokens_per_frame": 2, "audio_step": 1.0, "use_learnable_rope": true, "alpha_min": 0.1,
      "alpha_max": 2.0, "speaker_emb_dim": 3})";
    return config;
  }

  LanguageModelRunOptions Options(const char* run) const {
    LanguageModelRunOptions options;
    options.model = folder_ / "model";
    options.corpus = folder_ / "corpus";
    options.folder = folder_ / run;
    options.steps = 12;
    options.trainer.schedule = {1e-2, 2, 0};
    options.data.budget_tokens = 400;
    options.data.selection.held_out = 0.1;
    options.data.borrowed_voices = 0.5;
    options.compute = at::kFloat;
    options.save_every = 4;
    options.evaluate_every = 6;
    return options;
  }

  /// Losses by step of one call, which is asked to stop after `updates`.
  std::map<int64_t, double> Losses(const LanguageModelRunOptions& options, int updates = 1000) {
    std::map<int64_t, double> losses;
    RunLanguageModel(
        options, alone_,
        [&](const RunProgress& progress) { losses[progress.step] = progress.update.loss; },
        [&] { return std::ssize(losses) == updates; }, {});
    return losses;
  }

  static double HeldOutLoss(const RunProgress& progress) {
    const auto& metrics = progress.evaluation.value().metrics;
    return std::ranges::find(metrics, "metrics/loss", &std::pair<std::string, double>::first)
        ->second;
  }

  TestFolder folder_;
  ProcessGroup alone_;
};

TEST_F(LanguageModelRunTest, LearnsAndLeavesACheckpointInTheOfficialLayout) {
  double first = 0, last = 0;
  EXPECT_TRUE(RunLanguageModel(
      Options("run"), alone_,
      [&](const RunProgress& progress) {
        if (progress.step == 6) first = HeldOutLoss(progress);
        if (progress.step == 12) last = HeldOutLoss(progress);
      },
      [] { return false; }, {}));
  EXPECT_GT(first, 0);
  EXPECT_LT(last, first);
  const fs::path latest = folder_ / "run" / "latest";
  const model::LmConfig config = model::LoadLmConfig(latest / "config.json");
  EXPECT_EQ(config.vocab_size, 330);
  EXPECT_TRUE(fs::exists(latest / "tokenizer.json"));
  EXPECT_NE(formats::OpenSafetensors(latest)->Find("model.embed_tokens.weight"), nullptr);
}

TEST_F(LanguageModelRunTest, ACheckpointThatCouldNotBeWrittenCostsAWarningAndNotTheNextOne) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {16384, before.rlim_max};
  int warnings = 0;
  EXPECT_TRUE(RunLanguageModel(
      Options("run"), alone_,
      [&](const RunProgress& progress) {
        // The disk is full for the checkpoint of step 4 only.
        if (progress.step == 3) setrlimit(RLIMIT_FSIZE, &small);
        if (progress.step == 7) setrlimit(RLIMIT_FSIZE, &before);
      },
      [] { return false; }, [&](std::string_view) { ++warnings; }));
  EXPECT_EQ(warnings, 1);
  EXPECT_TRUE(fs::exists(folder_ / "run" / "step-000000008" / "model.safetensors"));
  EXPECT_TRUE(fs::exists(folder_ / "run" / "step-000000012" / "model.safetensors"));
}

TEST_F(LanguageModelRunTest, RefusesRatesThatWouldRuinTheWeights) {
  for (const double rate : {std::nan(""), -1.0, std::numeric_limits<double>::infinity()}) {
    LanguageModelRunOptions options = Options("run");
    options.trainer.schedule.peak = rate;
    EXPECT_THROW(Losses(options), Error) << rate;
    EXPECT_FALSE(fs::exists(folder_ / "run")) << rate;
  }
}

TEST_F(LanguageModelRunTest, ARunThatWasStoppedAnywhereGoesOnWithTheSameBits) {
  const std::map<int64_t, double> whole = Losses(Options("whole"));
  ASSERT_EQ(whole.size(), 12u);
  std::map<int64_t, double> pieces;
  for (const int updates : {1, 4, 2, 1000}) pieces.merge(Losses(Options("pieces"), updates));
  EXPECT_EQ(pieces, whole);
}

TEST_F(LanguageModelRunTest, ARunThatWasKilledGoesOnFromItsNewestCheckpoint) {
  const std::map<int64_t, double> whole = Losses(Options("whole"));
  EXPECT_EXIT(RunLanguageModel(
                  Options("killed"), alone_,
                  [](const RunProgress& progress) {
                    // The checkpoint of step 4 is being written or was written; that of step 8 is
                    // not due.
                    if (progress.step == 7) std::raise(SIGKILL);
                  },
                  [] { return false; }, {}),
              testing::KilledBySignal(SIGKILL), testing::Eq(""));
  const std::map<int64_t, double> resumed = Losses(Options("killed"));
  ASSERT_FALSE(resumed.empty());
  for (const auto& [step, loss] : resumed) EXPECT_EQ(loss, whole.at(step)) << step;
}

TEST_F(LanguageModelRunTest, GoesBackToItsCheckpointOnceWhenUpdatesAreSkippedInARow) {
  LanguageModelRunOptions options = Options("run");
  Losses(options, 5);
  options.trainer.spike_ratio = 1e-6;  // from now on every update looks like a spike
  options.most_skipped = 2;
  std::vector<int64_t> steps;
  std::vector<std::string> warnings;
  EXPECT_THROW(
      RunLanguageModel(
          options, alone_, [&](const RunProgress& progress) { steps.push_back(progress.step); },
          [] { return false; }, [&](std::string_view text) { warnings.emplace_back(text); }),
      Error);
  EXPECT_EQ(steps, (std::vector<int64_t>{6, 7, 6}));
  EXPECT_EQ(
      std::ranges::count_if(
          warnings, [](const std::string& text) { return text.find("step 7 to 5") != text.npos; }),
      1);
  EXPECT_EQ(ReadMetrics(folder_ / "run" / "metrics.jsonl").at("loss").size(), 7u);
}

/// What metrics.jsonl holds but for the speed.
std::map<std::string, std::vector<double>> Metrics(const fs::path& run) {
  std::map<std::string, std::vector<double>> metrics;
  for (const auto& [name, points] : ReadMetrics(run / "metrics.jsonl")) {
    if (name.ends_with("_per_s") || name == "mfu") continue;
    for (const MetricPoint& point : points) metrics[name].push_back(point.value);
  }
  return metrics;
}

TEST_F(LanguageModelRunTest, TwoProcessesMakeTheBitsOfOne) {
  LanguageModelRunOptions options = Options("one");
  options.data.packs_per_step = 2;  // one for each process
  options.trainer.average_decay = 0.9;
  options.trainer.spike_ratio = 3;
  options.influence_every = 12;
  Losses(options);
  options.folder = folder_ / "two";
  PlayRanks(2, [&](ProcessGroup& group) {
    // The order of the sums is learnt twice.
    for (const int updates : {5, 1000}) {
      int done = 0;
      RunLanguageModel(
          options, group, [&](const RunProgress&) { ++done; }, [&] { return done == updates; }, {});
    }
  });
  const auto one = Metrics(folder_ / "one"), two = Metrics(folder_ / "two");
  EXPECT_EQ(one.at("loss").size(), 12u);
  EXPECT_EQ(one.at("metrics/loss").size(), 2u);
  EXPECT_EQ(two, one);
  const auto saved = [&](const char* run) {
    return ReadTextFile(folder_ / run / "latest" / "model.safetensors", 1 << 24);
  };
  EXPECT_TRUE(saved("one") == saved("two"));
}

TEST_F(LanguageModelRunTest, RanksThatSeeDifferentCheckpointsDoNotGoBackToThem) {
  LanguageModelRunOptions options = Options("run");
  options.data.packs_per_step = 2;  // one for each process
  Losses(options, 2);
  fs::copy(folder_ / "run", folder_ / "stale", fs::copy_options::recursive);
  options.trainer.spike_ratio = 1e-6;  // from now on every update looks like a spike
  options.most_skipped = 2;
  options.save_every = 1;
  // Rank 1 looks into a folder that never shows what rank 0 has saved.
  const fs::path folders[] = {folder_ / "run", folder_ / "stale"};
  PlayRanks(2, [&](ProcessGroup& group) {
    options.folder = folders[group.rank()];
    try {
      RunLanguageModel(
          options, group, [](const RunProgress&) {}, [] { return false; }, {});
      ADD_FAILURE() << "went on";
    } catch (const Error& error) {
      WriteFileAtomically(folder_ / StrCat("end-", group.rank()).c_str(),
                          std::as_bytes(std::span(std::string_view(error.what()))));
    }
  });
  for (const char* end : {"end-0", "end-1"}) {
    const std::string text = ReadTextFile(folder_ / end, 1000);
    EXPECT_NE(text.find("to go back to: rank 1 has 2, rank 0 has 3"), std::string::npos) << text;
  }
}

TEST_F(LanguageModelRunTest, MeasuresClipsOnceUntilCorpusOrTokenizerChange) {
  const fs::path file = folder_ / "run" / "clip_lengths.safetensors";
  const auto written = [&] {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0);
    return status.st_ino;
  };
  Losses(Options("run"), 1);
  const auto first = written();
  Losses(Options("run"), 1);
  EXPECT_EQ(written(), first);

  fs::resize_file(file, fs::file_size(file) - 1);
  Losses(Options("run"), 1);
  const auto mended = written();
  EXPECT_NE(mended, first);

  const fs::path tokenizer = folder_ / "model" / "tokenizer.json";
  const std::string text = ReadTextFile(tokenizer, 1 << 24) + "\n";
  WriteFileAtomically(tokenizer, std::as_bytes(std::span(text)));
  Losses(Options("run"), 1);
  const auto other_tokenizer = written();
  EXPECT_NE(other_tokenizer, mended);

  ShardBuilder shard(kTestFormat);
  for (const Utterance& clip : TestUtterances(10, 5)) shard.Add(clip);
  shard.Write(folder_ / "corpus" / "b.safetensors");
  WriteManifest(folder_ / "corpus");
  Losses(Options("run"), 1);
  EXPECT_NE(written(), other_tokenizer);
}

TEST_F(LanguageModelRunTest, MeasuresAgainWhereTheSequencesOfAnotherVersionWereLonger) {
  LanguageModelRunOptions options = Options("run");
  const std::map<int64_t, double> expected = Losses(options);
  // Right in every checksum, but of other sequences.
  const fs::path file = folder_ / "run" / "clip_lengths.safetensors";
  const auto stored = formats::OpenSafetensors(file);
  const std::string key = stored->metadata().find("kani_clip_lengths")->second;
  WriteClipLengths(file, key, ClipLengths(40, 400));
  fs::rename(file, folder_ / "lengths");
  fs::remove_all(folder_ / "run");
  fs::create_directories(folder_ / "run");
  fs::rename(folder_ / "lengths", file);
  EXPECT_EQ(Losses(options), expected);
}

TEST_F(LanguageModelRunTest, SaysWhatChangedTheOrderAndGoesOnWithTheNextEpoch) {
  LanguageModelRunOptions options = Options("run");
  Losses(options, 2);
  options.data.seed = 7;
  std::vector<std::string> warnings;
  int64_t epoch = -1;
  RunLanguageModel(
      options, alone_, [&](const RunProgress& progress) { epoch = progress.epoch; },
      [&] { return epoch >= 0; }, [&](std::string_view text) { warnings.emplace_back(text); });
  EXPECT_EQ(epoch, 1);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("'seed' '42' -> '7'"), std::string::npos) << warnings[0];
}

TEST_F(LanguageModelRunTest, LeavesOutAShardThatIsDamaged) {
  ShardBuilder shard(kTestFormat);
  for (const Utterance& clip : TestUtterances(10, 5)) shard.Add(clip);
  const fs::path path = folder_ / "corpus" / "b.safetensors";
  shard.Write(path);
  WriteManifest(folder_ / "corpus");
  fs::resize_file(path, fs::file_size(path) - 1);
  std::vector<std::string> warnings;
  EXPECT_TRUE(RunLanguageModel(
      Options("run"), alone_, [](const RunProgress&) {}, [] { return false; },
      [&](std::string_view text) { warnings.emplace_back(text); }));
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find("b.safetensors"), std::string::npos) << warnings[0];
}

TEST_F(LanguageModelRunTest, CountsTheUpdatesOfAnEpoch) {
  LanguageModelRunOptions options = Options("run");
  options.epochs = 2;
  int64_t steps = 0, last_epoch = 0;
  EXPECT_TRUE(RunLanguageModel(
      options, alone_,
      [&](const RunProgress& progress) {
        steps = progress.step;
        last_epoch = progress.epoch;
        EXPECT_GE(progress.steps, progress.step);
      },
      [] { return false; }, {}));
  EXPECT_EQ(last_epoch, 1);
  EXPECT_GT(steps, 2);
}

TEST_F(LanguageModelRunTest, RefusesToFreezeWhatIsNotThere) {
  LanguageModelRunOptions options = Options("run");
  options.frozen = {"layers.7"};
  EXPECT_THROW(Losses(options), Error);
}

}  // namespace
}  // namespace kani::train
