#include "train/evaluate/evaluate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "base/error.h"
#include "formats/safetensors.h"
#include "train/distributed/testing.h"
#include "train/evaluate/testing.h"
#include "train/lm/initialise.h"
#include "train/nn/walled_device.h"
#include "train/optim/adamw.h"

namespace kani::train {
namespace {

class EvaluateTest : public testing::Test {
 protected:
  EvaluateTest() {
    model_.parameters().Load(
        *formats::OpenSafetensors(KANI_TEST_DATA "/training/golden/model.safetensors"));
  }

  LanguageModel model_{SmallConfig()};
  std::vector<HeldOutClip> clips_ = MakeClips(model_.config());
};

TEST_F(EvaluateTest, LossesAreThoseOfAllLogits) {
  const at::NoGradGuard no_gradient;
  const model::TokenLayout& tokens = model_.config().tokens;
  std::map<std::string, std::pair<double, int>> sums;
  const auto add = [&](const std::string& name, double loss) {
    sums[name].first += loss;
    ++sums[name].second;
  };
  for (const HeldOutClip& held_out : clips_) {
    const std::vector<int32_t>& rows = held_out.clip.rows;
    const PackedBatch batch = Pack({&held_out.clip, 1}, model_.config());
    const at::Tensor log_p = at::log_softmax(model_.Logits(model_.Hidden(batch)), 1);
    for (size_t i = 0; i + 1 < rows.size(); ++i) {
      const int32_t target = rows[i + 1];
      if (target == model::kSpeakerRow) continue;
      const double loss = -log_p[static_cast<int64_t>(i)][target].item<double>();
      add("all", loss);
      if (target < tokens.text_vocab_size) add("text", loss);
      if (target == tokens.end_of_speech()) add("end", loss);
      if (!tokens.IsAudio(target)) continue;
      add("audio", loss);
      add("codebook " + std::to_string((target - tokens.audio_tokens_start) / tokens.codebook_size),
          loss);
    }
  }
  const auto mean = [&](const std::string& name) { return sums[name].first / sums[name].second; };
  const Evaluation evaluation = Evaluate(model_, clips_);
  EXPECT_EQ(evaluation.clips, 9);
  EXPECT_EQ(evaluation.targets, sums["all"].second);
  EXPECT_NEAR(evaluation.losses.all, mean("all"), 1e-5);
  EXPECT_NEAR(evaluation.losses.text, mean("text"), 1e-5);
  EXPECT_NEAR(evaluation.losses.audio, mean("audio"), 1e-5);
  EXPECT_NEAR(evaluation.losses.end, mean("end"), 1e-5);
  ASSERT_EQ(std::ssize(evaluation.losses.codebooks), tokens.codebooks);
  for (int book = 0; book < tokens.codebooks; ++book) {
    EXPECT_NEAR(evaluation.losses.codebooks[static_cast<size_t>(book)],
                mean("codebook " + std::to_string(book)), 1e-5);
  }
}

TEST_F(EvaluateTest, HowClipsArePackedShowsInRoundingOnly) {
  const auto alone = EvaluationMetrics(Evaluate(model_, clips_, {1, 2}));
  for (const int64_t budget : {60, 8192}) {
    const auto packed = EvaluationMetrics(Evaluate(model_, clips_, {budget, 2}));
    ASSERT_EQ(packed.size(), alone.size());
    for (size_t i = 0; i < packed.size(); ++i) {
      EXPECT_NEAR(packed[i].second, alone[i].second, 1e-5 * std::abs(alone[i].second) + 1e-5)
          << packed[i].first << " at " << budget;
    }
  }
}

TEST_F(EvaluateTest, OutputVarianceIsThatOfEachAttentionLayersOutput) {
  const at::NoGradGuard no_gradient;
  const std::span<const HeldOutClip> one(clips_.data(), 1);
  const PackedBatch batch = Pack({&clips_[0].clip, 1}, model_.config());
  std::vector<double> variances;
  model_.Hidden(batch, model_.Embed(batch), [&](int64_t, const at::Tensor& output) {
    variances.push_back(output.var(1).mean().item<double>());
  });
  ASSERT_FALSE(variances.empty());
  const OutputVariance found = Evaluate(model_, one).output_variance;
  EXPECT_NEAR(found.smallest, *std::ranges::min_element(variances), 1e-6);
  EXPECT_NEAR(found.largest, *std::ranges::max_element(variances), 1e-6);
}

TEST_F(EvaluateTest, AModelThatDoesNotHearTheVoiceTakesNothingFromIt) {
  const at::NoGradGuard no_gradient;
  model_.parameters().Get("model.speaker_emb_projection.weight").zero_();
  const Evaluation evaluation = Evaluate(model_, clips_);
  ASSERT_TRUE(evaluation.voice && evaluation.text);
  EXPECT_EQ(evaluation.voice->nats, 0.0);
  EXPECT_EQ(evaluation.voice->clips, 9);
  EXPECT_NE(evaluation.text->nats, 0.0);
}

TEST_F(EvaluateTest, AModelThatLearntFromTextAndVoiceTakesNatsFromBoth) {
  Initialise(model_, 3);
  std::vector<Clip> clips;
  for (const HeldOutClip& clip : clips_) clips.push_back(clip.clip);
  const PackedBatch batch = Pack(clips, model_.config());
  Parameters& parameters = model_.parameters();
  AdamW optimizer(parameters.values(), parameters.gradients(),
                  {{0, parameters.values().size(0), 1.0, 0.0}}, {});
  const Evaluation before = Evaluate(model_, clips_);
  for (int i = 0; i < 80; ++i) {
    parameters.gradients().zero_();
    (model_.LossSum(batch) / static_cast<double>(batch.target_count)).backward();
    optimizer.Step(5e-3);
  }
  const Evaluation after = Evaluate(model_, clips_);
  EXPECT_LT(std::abs(before.text->nats), 0.1);
  EXPECT_LT(std::abs(before.voice->nats), 0.1);
  EXPECT_GT(after.text->nats, 0.3);
  EXPECT_GT(after.voice->nats, 0.3);
  EXPECT_LT(after.losses.audio, 0.5);
  // It has learnt which codebook comes next.
  EXPECT_EQ(after.top1.min_diagonal(), 1.0);
  EXPECT_LT(after.top5.min_diagonal(), 1.0);
}

TEST_F(EvaluateTest, LeavesParametersAndGradientsAsTheyAre) {
  const at::Tensor& gradients = model_.parameters().gradients();
  gradients.normal_();
  const at::Tensor before = gradients.clone(), values = model_.parameters().values().clone();
  const Evaluation evaluation = Evaluate(model_, clips_, {8192, 4});
  EXPECT_EQ(std::ssize(evaluation.influences), model_.config().tokens.codebooks);
  EXPECT_TRUE(at::equal(gradients, before));
  EXPECT_TRUE(at::equal(model_.parameters().values(), values));
  EXPECT_TRUE(
      at::equal(model_.parameters().Get("model.embed_tokens.weight").grad().flatten(),
                before.narrow(0, 0, model_.config().vocab_size * model_.config().hidden_size)));
}

TEST_F(EvaluateTest, ClipsOfOneTextAndVoiceSayNothingAboutPrompts) {
  const std::vector<HeldOutClip> same(3, clips_[0]);
  const Evaluation evaluation = Evaluate(model_, same);
  EXPECT_FALSE(evaluation.text);
  EXPECT_FALSE(evaluation.voice);
}

TEST_F(EvaluateTest, FindsTheSameWhereTheProcessorCannotReadTheWeights) {
  LanguageModel there(SmallConfig(), at::kFloat, WalledDevice());
  there.parameters().values().copy_(model_.parameters().values());
  const auto found = EvaluationMetrics(Evaluate(there, clips_, {8192, 4}));
  const auto expected = EvaluationMetrics(Evaluate(model_, clips_, {8192, 4}));
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].first, expected[i].first);
    // Perplexities of a model that has learnt nothing are huge.
    EXPECT_NEAR(found[i].second, expected[i].second, 1e-3 + 1e-5 * std::abs(expected[i].second))
        << found[i].first;
  }
}

TEST_F(EvaluateTest, AnyNumberOfProcessesFindsTheSameBits) {
  at::set_num_threads(1);
  for (const int64_t budget : {1, 60, 8192}) {  // nine packs, some, one
    const auto expected = EvaluationMetrics(Evaluate(model_, clips_, {budget}));
    for (const int ranks : {2, 3}) {
      PlayRanks(ranks, [&](ProcessGroup& group) {
        EXPECT_EQ(EvaluationMetrics(Evaluate(model_, clips_, {budget}, group)), expected);
      });
    }
  }
}

TEST_F(EvaluateTest, AModelThatIsNotFiniteIsSeenByAllProcesses) {
  at::set_num_threads(1);
  const at::NoGradGuard no_gradient;
  model_.parameters().Get("model.embedding_norm.weight").fill_(NAN);
  PlayRanks(2, [&](ProcessGroup& group) {
    EXPECT_TRUE(std::isnan(Evaluate(model_, clips_, {60, 0}, group).losses.all));
  });
}

TEST_F(EvaluateTest, NeedsClips) { EXPECT_THROW(Evaluate(model_, {}), Error); }

}  // namespace
}  // namespace kani::train
