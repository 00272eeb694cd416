#include "train/evaluate/evaluation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

namespace kani::train {
namespace {

Evaluation Example() {
  Evaluation evaluation;
  evaluation.clips = 3;
  evaluation.targets = 129;
  evaluation.losses = {4, std::log(20.0), 4.5, {std::log(40.0), std::log(60.0)}, 0.5};
  evaluation.text = PromptUse{0.25, 3};
  evaluation.top1 = {2, {0.9, 0.1, 0, 0.7}};
  evaluation.top5 = {2, {0.6, 0.4, 0.5, 0.5}};
  evaluation.output_variance = {1.75, 1.5, 2.5};
  evaluation.influences = {{0.5, 0.3, 0.2}, {0.1, 0.8, 0.1}};
  return evaluation;
}

TEST(PerplexitiesTest, AreTheOriginalsFunctionOfTheLosses) {
  const Perplexities perplexities = PerplexitiesOf(Example().losses);
  EXPECT_NEAR(perplexities.text, 20, 1e-9);
  EXPECT_NEAR(perplexities.codebooks[1], 60, 1e-9);
  EXPECT_NEAR(perplexities.mean, 50, 1e-9);
  EXPECT_NEAR(perplexities.standard_deviation, 10, 1e-9);
  EXPECT_NEAR(perplexities.relative_variance, 0.04, 1e-9);
  EXPECT_NEAR(perplexities.range, 20, 1e-9);
}

TEST(EvaluationMetricsTest, HaveTheOriginalsNamesAndOurs) {
  const auto list = EvaluationMetrics(Example());
  const std::map<std::string, double> metrics(list.begin(), list.end());
  EXPECT_EQ(metrics.size(), list.size());  // no name twice
  const std::map<std::string, double> expected = {{"layer_0_ppl", 40},
                                                  {"layer_1_ppl", 60},
                                                  {"text_ppl", 20},
                                                  {"avg_audio_ppl", 50},
                                                  {"ppl_variance", 0.04},
                                                  {"ppl_std", 10},
                                                  {"ppl_max_diff", 20},
                                                  {"avg_output_variance", 1.75},
                                                  {"min_output_variance", 1.5},
                                                  {"max_output_variance", 2.5},
                                                  {"confusion_0_1", 0.4},
                                                  {"avg_diagonal", 0.55},
                                                  {"min_diagonal", 0.5},
                                                  {"avg_off_diagonal", 0.45},
                                                  {"max_off_diagonal", 0.5},
                                                  {"layer_0_text_influence", 0.5},
                                                  {"layer_1_same_layer_influence", 0.8},
                                                  {"layer_0_cross_layer_influence", 0.2},
                                                  {"loss", 4},
                                                  {"audio_loss", 4.5},
                                                  {"layer_0_loss", std::log(40.0)},
                                                  {"end_loss", 0.5},
                                                  {"text_nats", 0.25},
                                                  {"top1_confusion_0_1", 0.1},
                                                  {"top1_min_diagonal", 0.7}};
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(metrics.contains("metrics/" + name)) << name;
    EXPECT_NEAR(metrics.at("metrics/" + name), value, 1e-9) << name;
  }
  EXPECT_FALSE(metrics.contains("metrics/voice_nats"));
}

TEST(EvaluationTextTest, JudgesByTheOriginalsBands) {
  const std::string text = EvaluationText(Example());
  for (const char* line : {
           "3 clips, 129 targets: 4.000\n",
           "wrong text: +0.250 nats a code (3 clips)\n",
           "wrong voice: no two clips differ\n",
           "layer 0: 40.00  ✓ excellent\n",
           "layer 1: 60.00  ✓ good\n",
           "variance over layers: 0.0400  ✓ good isolation\n",
           "average: 1.750  ✓ good\n",
           "average diagonal 0.800, least 0.700  ✓ good\n",
           "average diagonal 0.550, least 0.500  ✗ poor\n",
           "layer 1: text 0.100, same layer 0.800  ✓ good, other layers 0.100  ✓ good isolation\n",
           "✓ attention is focused\n",
           "✗ layers are confused\n",
       }) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST(EvaluationTextTest, LeavesOutWhatWasNotAskedFor) {
  Evaluation evaluation = Example();
  evaluation.influences.clear();
  EXPECT_EQ(EvaluationText(evaluation).find("Influence"), std::string::npos);
}

}  // namespace
}  // namespace kani::train
