#include "train/evaluate/recital.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "lm/generation.h"
#include "lm/random_model.h"

namespace kani::train {
namespace {

constexpr int64_t kFrames = 12;

class RecitalTest : public testing::Test {
 protected:
  /// What the model says greedily behind a prompt, as a clip.
  Clip Spoken(int32_t word) {
    const model::TokenLayout& tokens = model_->config().tokens;
    Clip clip{{tokens.start_of_human(), model::kSpeakerRow, 1, word, 2, tokens.end_of_human(),
               tokens.start_of_ai(), tokens.start_of_speech()},
              std::vector<float>(16, 0.25f)};
    lm::GenerationRequest request{.prompt = clip.rows, .speaker_embedding = clip.speaker};
    request.sampling = {.temperature = 0, .repetition_penalty = 1};
    request.max_frames = kFrames;
    kernels::KvPool pool(ops_->device(), lm::KvShapeOf(model_->config()));
    lm::Generation generation(*model_, pool, std::move(request));
    lm::Generation* const all[] = {&generation};
    lm::Workspace workspace;
    while (!generation.finished()) lm::StepGenerations(*ops_, *model_, all, workspace);
    for (size_t i = 0; i < generation.codes().size(); ++i) {
      clip.rows.push_back(tokens.CodebookStart(static_cast<int32_t>(i % 4)) +
                          generation.codes()[i]);
    }
    clip.rows.push_back(tokens.end_of_speech());
    clip.rows.push_back(tokens.end_of_ai());
    return clip;
  }

  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("cpu", 1);
  std::unique_ptr<lm::LanguageModel> model_ =
      lm::RandomModel(ops_->device(), lm::RandomModelConfig(4), kernels::WeightFormat::kFp32, 3);
};

TEST_F(RecitalTest, EveryCodeThatTheModelSaysIsRight) {
  const std::vector<Clip> clips = {Spoken(20), Spoken(21), Spoken(22)};
  const Recital recital = Recite(*ops_, *model_, clips);
  EXPECT_EQ(recital.clips, 3);
  EXPECT_GT(recital.codes, 0);
  EXPECT_EQ(recital.right_codes, recital.codes);
  EXPECT_EQ(recital.right_at_once, recital.codes);
}

TEST_F(RecitalTest, AnotherCodeIsAMistake) {
  Clip clip = Spoken(20);
  const int64_t codes = Recite(*ops_, *model_, {&clip, 1}).codes;
  int32_t& changed = clip.rows[8 + 5];  // the sixth code
  const model::TokenLayout& tokens = model_->config().tokens;
  changed = changed == tokens.CodebookStart(1) ? changed + 1 : changed - 1;
  const Recital recital = Recite(*ops_, *model_, {&clip, 1});
  EXPECT_EQ(recital.perfect, 0);
  EXPECT_EQ(recital.right_codes, codes - 1);
  EXPECT_EQ(recital.right_at_once, 5);
}

TEST_F(RecitalTest, SpeechThatGoesOnBehindTheEndIsNotPerfect) {
  Clip clip = Spoken(20);
  clip.rows.erase(clip.rows.end() - 6, clip.rows.end() - 2);  // the last frame
  const Recital recital = Recite(*ops_, *model_, {&clip, 1});
  EXPECT_EQ(recital.perfect, 0);
  EXPECT_EQ(recital.right_codes, recital.codes);
}

}  // namespace
}  // namespace kani::train
