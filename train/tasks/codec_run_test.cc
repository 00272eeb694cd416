#include "train/tasks/codec_run.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/testing.h"
#include "codec/codec.h"
#include "codec/random_codec.h"
#include "model/nemo.h"
#include "train/codec/nemo_output.h"
#include "train/distributed/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

model::CodecConfig TinyConfig() {
  model::CodecConfig config = codec::ProfileConfig(codec::Profile::k0_6kbps_12_5fps, 2, 64);
  config.encoder.resblock_kernel_sizes = config.decoder.resblock_kernel_sizes = {3};
  config.encoder.resblock_dilation_sizes = config.decoder.resblock_dilation_sizes = {1};
  return config;
}

/// Vowels of some pitches.
SoundSet Vowels() {
  std::vector<SoundClip> clips;
  for (int clip = 0; clip < 6; ++clip) {
    const CounterRandom random(static_cast<uint64_t>(clip));
    SoundClip& out = clips.emplace_back(SoundClip{"vowel " + std::to_string(clip), "", {}});
    for (int i = 0; i < 20000; ++i) {
      double value = 100 * random.Normal(static_cast<uint64_t>(i));
      for (int k = 1; k <= 6; ++k) {
        value += 2500.0 / k * std::sin((0.03 + 0.01 * clip + 1e-7 * i) * i * k);
      }
      out.samples.push_back(static_cast<int16_t>(value));
    }
  }
  return {std::move(clips), 22050};
}

class CodecRunTest : public testing::Test {
 protected:
  CodecRunTest() { at::set_num_threads(1); }

  CodecRunOptions Options(const char* run) const {
    CodecRunOptions options;
    options.folder = folder_ / run;
    options.steps = 6;
    options.trainer.schedule.warmup_steps = 1;
    options.trainer.spectral.windows = {64, 512};
    options.trainer.spectral.mel_bands = {10, 40};
    options.trainer.discriminators = {.periods = {2, 3},
                                      .period_channels = {4, 4},
                                      .windows = {256},
                                      .bands = {0, 0.5, 1},
                                      .band_channels = 4};
    options.trainer.adversarial_from = 2;
    options.crops = {.lengths = {2, 4}, .frames_per_step = 8, .held_out = 0.3, .seed = 5};
    options.distortion = {.noise = 0.5, .level = 0.5, .tilt = 0.5};
    options.codebook_dropout = 0.5;
    options.held_out_frames = 4;
    options.examples = 1;
    options.compute = at::kFloat;
    options.save_every = 100;
    options.evaluate_every = 3;
    return options;
  }

  /// Losses by step of one call, which is asked to stop after `updates`.
  std::map<int64_t, double> Losses(const CodecRunOptions& options, ProcessGroup& group,
                                   int updates = 1000) const {
    std::map<int64_t, double> losses;
    RunCodec(
        options, {TinyConfig(), nullptr}, sounds_, group,
        [&](const RunProgress& progress) { losses[progress.step] = progress.update.loss; },
        [&] { return std::ssize(losses) == updates; }, {});
    return losses;
  }

  static at::Tensor Weights(const fs::path& nemo) {
    const model::NemoArchive archive = model::OpenNemo(nemo);
    std::vector<at::Tensor> all;
    for (const auto& [name, view] : archive.weights->tensors()) {
      all.push_back(at::tensor(view.Floats()));
    }
    return at::cat(all);
  }

  TestFolder folder_;
  const SoundSet sounds_ = Vowels();
  mutable ProcessGroup alone_;
};

TEST_F(CodecRunTest, LeavesACodecThatSpeaksAndExamplesToHear) {
  std::map<std::string, double> metrics;
  RunCodec(
      Options("run"), {TinyConfig(), nullptr}, sounds_, alone_,
      [&](const RunProgress& progress) {
        if (!progress.evaluation) return;
        for (const auto& [name, value] : progress.evaluation->metrics) metrics[name] = value;
      },
      [] { return false; }, {});
  for (const char* name : {"held_out/mel", "held_out/stft", "held_out/log_mel", "perplexity/4",
                           "loss/mel", "loss/adversarial", "loss/discriminator"}) {
    EXPECT_GT(metrics[name], 0) << name;
  }
  EXPECT_TRUE(fs::exists(folder_ / "run/samples/step-6/0-copy.wav"));
  EXPECT_TRUE(fs::exists(folder_ / "run/samples/step-6/0-original.wav"));
  const auto ops = kernels::MakeOps("reference", 1);
  const codec::Codec codec(ops->device(), model::OpenNemo(folder_ / "run/codec.nemo"), true);
  const std::vector<float> samples(4 * 1764, 0.1f);
  EXPECT_EQ(codec.Decode(*ops, codec.Encode(*ops, samples)).size(), samples.size());
}

TEST_F(CodecRunTest, GoesOnWithTheSameBitsWhereItWasStopped) {
  const std::map<int64_t, double> whole = Losses(Options("whole"), alone_);
  for (const int stop : {1, 3}) {  // before the discriminators, and among their updates
    const std::string run = "stopped " + std::to_string(stop);
    std::map<int64_t, double> losses = Losses(Options(run.c_str()), alone_, stop);
    EXPECT_EQ(std::ssize(losses), stop);
    losses.merge(Losses(Options(run.c_str()), alone_));
    EXPECT_EQ(losses, whole);
    EXPECT_TRUE(Weights(folder_ / run / "codec.nemo").equal(Weights(folder_ / "whole/codec.nemo")));
  }
}

TEST_F(CodecRunTest, AFrozenEncoderKeepsItsCodesWhileTheDecoderLearns) {
  CodecNetwork network(TinyConfig(), at::kFloat);
  const model::NemoArchive random = codec::RandomArchive(TinyConfig(), 1);
  CodecRunOptions options = Options("frozen");
  options.trainer.freeze_encoder = true;
  model::NemoArchive start = codec::RandomArchive(TinyConfig(), 1);
  RunCodec(
      options, {start.config, std::move(start.weights)}, sounds_, alone_, [](const RunProgress&) {},
      [] { return false; }, {});
  const model::NemoArchive trained = model::OpenNemo(folder_ / "frozen/codec.nemo");
  int changed = 0;
  for (const auto& [name, view] : trained.weights->tensors()) {
    const bool same = view.Floats() == random.weights->tensors().at(name).Floats();
    if (name.starts_with("audio_encoder.")) {
      EXPECT_TRUE(same) << name;
    } else {
      changed += same ? 0 : 1;
    }
  }
  EXPECT_GT(changed, 20);
}

TEST_F(CodecRunTest, TwoProcessesTrainTogetherAsOne) {
  const std::map<int64_t, double> alone = Losses(Options("alone"), alone_);
  PlayRanks(2, [&](ProcessGroup& group) {
    const std::map<int64_t, double> together = Losses(Options("together"), group);
    ASSERT_EQ(together.size(), alone.size());
    for (const auto& [step, loss] : together) EXPECT_NEAR(loss, alone.at(step), 0.02 * loss);
  });
}

TEST_F(CodecRunTest, RefusesWhatCannotBe) {
  const auto failure = [&](const CodecRunOptions& options) {
    return Failure([&] { Losses(options, alone_); });
  };
  CodecRunOptions options = Options("refused");
  options.trainer.spectral.windows = {64, 16384};
  EXPECT_NE(failure(options).find("too short for a window of 16384"), std::string::npos);
  options = Options("refused");
  options.codebook_dropout = 2;
  EXPECT_NE(failure(options).find("without all codebooks"), std::string::npos);
}

}  // namespace
}  // namespace kani::train
