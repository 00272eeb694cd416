#include "engine/prompt_cache.h"

#include <gtest/gtest.h>

#include "lm/random_model.h"

namespace kani::engine {
namespace {

class PromptCacheTest : public testing::Test {
 protected:
  /// A prompt whose text is `text`.
  static lm::GenerationRequest Request(std::vector<int32_t> text, float voice = 0.25f) {
    lm::GenerationRequest request;
    request.prompt = {43, model::kSpeakerRow};
    request.prompt.insert(request.prompt.end(), text.begin(), text.end());
    request.prompt.insert(request.prompt.end(), {2, 44, 45, 41});
    request.speaker_embedding.assign(16, voice);
    request.max_frames = 3;
    return request;
  }
  std::vector<int32_t> Tokens(const lm::GenerationRequest& request, PromptCache* cache) {
    lm::Generation generation(*model_, pool_, request);
    if (cache != nullptr) cache->Begin(generation);
    lm::Generation* const generations[] = {&generation};
    while (!generation.finished()) {
      lm::StepGenerations(*ops_, *model_, generations, workspace_);
      if (cache != nullptr) cache->Look(generation);
    }
    return generation.tokens();
  }

  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("auto", 1);
  std::unique_ptr<lm::LanguageModel> model_ =
      lm::RandomModel(ops_->device(), lm::RandomModelConfig(4), kernels::WeightFormat::kFp32, 3);
  kernels::KvPool pool_{ops_->device(), lm::KvShapeOf(model_->config())};
  lm::Workspace workspace_;
};

TEST_F(PromptCacheTest, TheThirdPromptStartsBehindWhatTheFirstTwoShare) {
  PromptCache cache(1 << 20);
  const std::vector<std::vector<int32_t>> texts = {{1, 7, 9, 5}, {1, 7, 3}, {1, 7, 9, 6}, {8}, {9}};
  // Rows that each begins behind: the second leaves the four that it shares with the first.
  const int64_t saved[] = {0, 0, 4, 0, 2};
  int64_t total = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(Tokens(Request(texts[i]), &cache), Tokens(Request(texts[i]), nullptr)) << i;
    EXPECT_EQ(cache.saved_rows(), total += saved[i]) << i;
  }
}

TEST_F(PromptCacheTest, ARepeatedPromptFeedsItsLastRowOnly) {
  PromptCache cache(1 << 20);
  const lm::GenerationRequest request = Request({1, 7, 9});
  const std::vector<int32_t> expected = Tokens(request, nullptr);
  for (int time = 0; time < 3; ++time) EXPECT_EQ(Tokens(request, &cache), expected);
  EXPECT_EQ(cache.saved_rows(), std::ssize(request.prompt) - 1);
}

TEST_F(PromptCacheTest, AnotherVoiceSharesOnlyWhatStandsBeforeIt) {
  PromptCache cache(1 << 20);
  for (int time = 0; time < 3; ++time) Tokens(Request({1, 7, 9}), &cache);
  const int64_t saved = cache.saved_rows();
  const lm::GenerationRequest other = Request({1, 7, 9}, 0.5f);
  EXPECT_EQ(Tokens(other, &cache), Tokens(other, nullptr));
  EXPECT_EQ(cache.saved_rows(), saved);
}

TEST_F(PromptCacheTest, StaysWithinItsBytesAndForgetsWhatWasNotUsedForLongest) {
  PromptCache measure(1 << 20);
  for (int time = 0; time < 2; ++time) Tokens(Request({1, 7}), &measure);
  const size_t one = measure.bytes();
  ASSERT_GT(one, 0u);
  PromptCache cache(2 * one + one / 2);
  for (int32_t text = 1; text < 6; ++text) {
    for (int time = 0; time < 2; ++time) Tokens(Request({text, 7}), &cache);
    EXPECT_LE(cache.bytes(), 2 * one + one / 2);
  }
  const int64_t saved = cache.saved_rows();
  Tokens(Request({5, 7}), &cache);
  EXPECT_EQ(cache.saved_rows(), saved + 7) << "the last is still there";
  PromptCache none(0);
  for (int time = 0; time < 3; ++time) Tokens(Request({1, 7}), &none);
  EXPECT_EQ(none.bytes(), 0u);
  EXPECT_EQ(none.saved_rows(), 0);
}

}  // namespace
}  // namespace kani::engine
