#include "lm/generation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "lm/random_model.h"

namespace kani::lm {
namespace {

GenerationRequest Request(uint64_t seed, int64_t max_frames) {
  GenerationRequest request;
  request.prompt = {43, model::kSpeakerRow, 1, 7, 9, 2, 44, 45, 41};
  request.speaker_embedding.assign(16, 0.25f);
  request.sampling.temperature = 1.5;
  request.seed = seed;
  request.max_frames = max_frames;
  return request;
}

class GenerationTest : public testing::Test {
 protected:
  std::vector<int32_t> TokensOf(const LanguageModel& model, GenerationRequest request,
                                int64_t max_rows = 1000) {
    kernels::KvPool pool(ops_->device(), KvShapeOf(model.config()));
    Workspace workspace;
    Generation generation(model, pool, std::move(request));
    Generation* const generations[] = {&generation};
    while (!generation.finished()) StepGenerations(*ops_, model, generations, workspace, max_rows);
    return generation.tokens();
  }

  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("auto", 2);
};

TEST_F(GenerationTest, EverySlotChoosesFromItsCodebookAndEndsAtAFrameBorder) {
  for (int32_t codebooks : {2, 4, 8, 13}) {
    const auto model =
        RandomModel(ops_->device(), RandomModelConfig(codebooks), kernels::WeightFormat::kFp32, 3);
    const model::TokenLayout& layout = model->config().tokens;
    int ended = 0;
    for (uint64_t seed = 0; seed < 40; ++seed) {
      const std::vector<int32_t> tokens = TokensOf(*model, Request(seed, 25));
      ASSERT_GE(tokens.size(), static_cast<size_t>(codebooks));
      for (size_t k = 0; k < tokens.size(); ++k) {
        const auto slot = static_cast<int32_t>(k) % codebooks;
        if (tokens[k] == layout.end_of_speech()) {
          EXPECT_EQ(slot, 0);
          EXPECT_EQ(k + 1, tokens.size());
          ++ended;
        } else {
          EXPECT_GE(tokens[k], layout.CodebookStart(slot));
          EXPECT_LT(tokens[k], layout.CodebookStart(slot) + layout.codebook_size);
        }
      }
    }
    EXPECT_GT(ended, 0) << codebooks << " codebooks: no utterance ended by itself";
  }
}

TEST_F(GenerationTest, StopsAtTheLengthLimitWithWholeFrames) {
  const auto model =
      RandomModel(ops_->device(), RandomModelConfig(4), kernels::WeightFormat::kFp32, 3);
  kernels::KvPool pool(ops_->device(), KvShapeOf(model->config()));
  Workspace workspace;
  const auto speak = [&](uint64_t seed, int64_t max_frames) {
    auto generation = std::make_unique<Generation>(*model, pool, Request(seed, max_frames));
    Generation* const generations[] = {generation.get()};
    while (!generation->finished()) StepGenerations(*ops_, *model, generations, workspace);
    return generation;
  };
  int limited = 0;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    // What it says when nothing stops it, and then one frame less than that.
    const auto whole = speak(seed, 25);
    if (whole->frames() < 2) continue;
    const auto cut = speak(seed, whole->frames() - 1);
    EXPECT_EQ(cut->frames(), whole->frames() - 1);
    EXPECT_FALSE(cut->ended());
    EXPECT_EQ(cut->codes().size(), static_cast<size_t>(cut->frames() * 4));
    EXPECT_TRUE(std::ranges::equal(cut->codes(), whole->codes().first(cut->codes().size())));
    ++limited;
  }
  EXPECT_GT(limited, 2);
}

TEST_F(GenerationTest, ABatchOfStreamsEqualsEachAlone) {
  const auto model =
      RandomModel(ops_->device(), RandomModelConfig(4), kernels::WeightFormat::kInt8, 3);
  for (size_t size : {1, 2, 5, 16}) {
    kernels::KvPool pool(ops_->device(), KvShapeOf(model->config()));
    std::vector<std::unique_ptr<Generation>> generations;
    std::vector<Generation*> pointers;
    Workspace workspace;
    const auto add = [&](uint64_t seed) {
      GenerationRequest request = Request(seed, 4 + static_cast<int64_t>(seed) % 5);
      if (seed % 2) request.prompt.resize(6);
      generations.push_back(std::make_unique<Generation>(*model, pool, request));
      pointers.push_back(generations.back().get());
    };
    for (uint64_t seed = 0; seed < size; ++seed) {
      add(seed);  // generations join while others are under way
      StepGenerations(*ops_, *model, pointers, workspace);
    }
    const auto running = [&] {
      return std::any_of(generations.begin(), generations.end(),
                         [](auto& s) { return !s->finished(); });
    };
    while (running()) StepGenerations(*ops_, *model, pointers, workspace);
    for (uint64_t seed = 0; seed < size; ++seed) {
      GenerationRequest alone = Request(seed, 4 + static_cast<int64_t>(seed) % 5);
      if (seed % 2) alone.prompt.resize(6);
      EXPECT_EQ(generations[seed]->tokens(), TokensOf(*model, alone)) << seed << " of " << size;
    }
  }
}

TEST_F(GenerationTest, APromptInSlicesOfAnySizeGivesTheSameTokens) {
  const auto model =
      RandomModel(ops_->device(), RandomModelConfig(4), kernels::WeightFormat::kInt8, 3);
  GenerationRequest request = Request(5, 4);
  for (int32_t token = 1; token < 40; ++token)
    request.prompt.insert(request.prompt.end() - 2, token);
  const std::vector<int32_t> whole = TokensOf(*model, request);
  const auto rows = static_cast<int64_t>(request.prompt.size());
  for (int64_t slice = 1; slice <= rows + 1; ++slice) {
    EXPECT_EQ(TokensOf(*model, request, slice), whole) << slice;
  }
}

TEST_F(GenerationTest, ALongPromptInSlicesLeavesOthersTheirTokens) {
  const auto model =
      RandomModel(ops_->device(), RandomModelConfig(4), kernels::WeightFormat::kFp32, 3);
  kernels::KvPool pool(ops_->device(), KvShapeOf(model->config()));
  Workspace workspace;
  Generation first(*model, pool, Request(1, 6)), second(*model, pool, Request(2, 6));
  Generation* const generations[] = {&first, &second};
  StepGenerations(*ops_, *model, std::span(generations).first(1), workspace);
  for (int step = 0; step < 3; ++step) {  // 9 rows, 4 at a time
    EXPECT_TRUE(second.tokens().empty());
    const size_t before = first.tokens().size();
    StepGenerations(*ops_, *model, generations, workspace, 4);
    EXPECT_EQ(first.tokens().size(), before + 1);
  }
  EXPECT_EQ(second.tokens().size(), 1u);
  while (!first.finished() || !second.finished()) {
    StepGenerations(*ops_, *model, generations, workspace, 4);
  }
  EXPECT_EQ(first.tokens(), TokensOf(*model, Request(1, 6)));
  EXPECT_EQ(second.tokens(), TokensOf(*model, Request(2, 6)));
}

TEST_F(GenerationTest, SeedAndSubstreamChangeTheTokens) {
  const auto model =
      RandomModel(ops_->device(), RandomModelConfig(4), kernels::WeightFormat::kFp32, 3);
  const std::vector<int32_t> tokens = TokensOf(*model, Request(1, 10));
  EXPECT_EQ(TokensOf(*model, Request(1, 10)), tokens);
  EXPECT_NE(TokensOf(*model, Request(2, 10)), tokens);
  GenerationRequest other = Request(1, 10);
  other.substream = 1;
  EXPECT_NE(TokensOf(*model, other), tokens);
}

TEST_F(GenerationTest, LogitsThatAreNotFiniteEndTheirStreamOnly) {
  const model::LmConfig config = RandomModelConfig(4);
  std::vector<formats::NamedTensor> tensors = RandomTensors(config, 3);
  const float nan = std::nanf("");
  ASSERT_EQ(tensors[0].name, "model.embed_tokens.weight");
  std::memcpy(tensors[0].bytes.data() + 7 * config.hidden_size * sizeof(float), &nan, sizeof(nan));
  const auto model = ModelOf(ops_->device(), config, tensors, kernels::WeightFormat::kFp32);
  for (const double temperature : {0.0, 1.0}) {
    GenerationRequest damaged = Request(1, 5), sound = Request(1, 5), loud = Request(1, 5);
    damaged.prompt[3] = 7;
    sound.prompt.resize(3);
    loud.prompt.resize(3);
    loud.speaker_embedding.assign(16, 3e38f);
    for (GenerationRequest* request : {&damaged, &sound, &loud}) {
      request->sampling.temperature = temperature;
    }
    const std::vector<int32_t> expected = TokensOf(*model, sound);
    Workspace workspace;
    kernels::KvPool pool(ops_->device(), KvShapeOf(model->config()));
    Generation first(*model, pool, damaged), second(*model, pool, sound), third(*model, pool, loud);
    Generation* const generations[] = {&first, &second, &third};
    try {
      StepGenerations(*ops_, *model, generations, workspace);
      FAIL() << "the logits were used";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      EXPECT_STREQ(error.what(), "the logits are not finite: weights or voice are damaged");
    }
    EXPECT_TRUE(first.finished() && first.tokens().empty());
    EXPECT_TRUE(third.finished() && third.tokens().empty());
    while (!second.finished()) StepGenerations(*ops_, *model, generations, workspace);
    EXPECT_EQ(second.tokens(), expected);
  }
}

TEST_F(GenerationTest, SettingsOutOfRangeAreRefused) {
  const auto model =
      RandomModel(ops_->device(), RandomModelConfig(4), kernels::WeightFormat::kFp32, 3);
  GenerationRequest request = Request(1, 10);
  request.sampling.top_p = 0;
  kernels::KvPool pool(ops_->device(), KvShapeOf(model->config()));
  EXPECT_THROW(Generation(*model, pool, request), Error);
}

}  // namespace
}  // namespace kani::lm
