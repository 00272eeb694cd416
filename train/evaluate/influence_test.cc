#include "train/evaluate/influence.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <cmath>

#include "formats/safetensors.h"
#include "train/evaluate/testing.h"

namespace kani::train {
namespace {

class TokenInfluenceTest : public testing::Test {
 protected:
  TokenInfluenceTest() {
    model_.parameters().Load(
        *formats::OpenSafetensors(KANI_TEST_DATA "/training/golden/model.safetensors"));
  }

  LanguageModel model_{SmallConfig()};
  ProcessGroup alone_;
};

TEST_F(TokenInfluenceTest, SharesAreOfWhatComesBefore) {
  const Clip clip = MakeClip(model_.config(), 0, 1, 1).clip;
  const std::vector<Influence> influences = TokenInfluence(model_, {&clip, 1}, 32, 1, alone_);
  // One frame: before the first code there is only the prompt, before the others no code of theirs.
  EXPECT_EQ(influences[0].text, 1);
  for (size_t book = 1; book < influences.size(); ++book) {
    EXPECT_GT(influences[book].text, 0);
    EXPECT_EQ(influences[book].same_codebook, 0);
    EXPECT_GT(influences[book].other_codebooks, 0);
    EXPECT_NEAR(influences[book].text + influences[book].other_codebooks, 1, 1e-6);
  }
}

TEST_F(TokenInfluenceTest, EqualsFiniteDifferences) {
  const at::NoGradGuard no_gradient;
  const model::TokenLayout& tokens = model_.config().tokens;
  const Clip clip = MakeClip(model_.config(), 2, 1, 1).clip;
  const PackedBatch batch = Pack({&clip, 1}, model_.config());
  const at::Tensor embedded = model_.Embed(batch);
  // One frame: the only code of codebook 1 is predicted at the row of codebook 0's.
  constexpr int64_t kRow = 8;
  ASSERT_EQ(clip.rows[kRow], tokens.CodebookStart(0) + 2);
  const auto loss = [&](const at::Tensor& rows) {
    const at::Tensor logits = model_.Logits(model_.Hidden(batch, rows).narrow(0, kRow, 1));
    return at::cross_entropy_loss(logits, batch.targets.narrow(0, kRow, 1)).item<double>();
  };
  constexpr double kStep = 1e-2;
  double text = 0, other = 0;
  for (int64_t row = 0; row <= kRow; ++row) {
    double squares = 0;
    for (int64_t i = 0; i < embedded.size(1); ++i) {
      const auto moved = [&](double offset) {
        const at::Tensor rows = embedded.clone();
        rows[row][i] += offset;
        return loss(rows);
      };
      squares += std::pow((moved(kStep) - moved(-kStep)) / (2 * kStep), 2);
    }
    (row == kRow ? other : text) += std::sqrt(squares);
  }
  const Influence found = TokenInfluence(model_, {&clip, 1}, 32, 1, alone_)[1];
  EXPECT_NEAR(found.text, text / (text + other), 0.01);
  EXPECT_NEAR(found.other_codebooks, other / (text + other), 0.01);
}

TEST_F(TokenInfluenceTest, LooksAtNoMoreTargetsThanAskedForAndAtTheSameOnesEveryTime) {
  std::vector<Clip> clips;
  for (const HeldOutClip& clip : MakeClips(model_.config())) clips.push_back(clip.clip);
  const Influence few = TokenInfluence(model_, clips, 1, 7, alone_)[1];
  const Influence again = TokenInfluence(model_, clips, 1, 7, alone_)[1];
  const Influence all = TokenInfluence(model_, clips, 1000, 7, alone_)[1];
  EXPECT_EQ(few.text, again.text);
  EXPECT_NE(few.text, all.text);
  EXPECT_GT(all.same_codebook, 0);
}

}  // namespace
}  // namespace kani::train
