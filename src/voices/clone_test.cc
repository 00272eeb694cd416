#include "voices/clone.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/testing.h"
#include "formats/safetensors.h"

namespace kani::voices {
namespace {

std::vector<float> GoldenTensor(const std::string& name) {
  return formats::OpenSafetensors(KANI_TEST_DATA "/golden/end_to_end/recordings.safetensors")
      ->Find(name)
      ->Floats();
}

std::vector<speaker::Recording> GoldenRecordings() {
  return {{GoldenTensor("recording_0"), speaker::kSampleRateHz, "a"},
          {GoldenTensor("recording_1"), speaker::kSampleRateHz, "b"}};
}

class CloneTest : public testing::Test {
 protected:
  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("auto", 2);
  std::unique_ptr<speaker::Encoder> encoder_ =
      speaker::Encoder::Load(ops_->device(), KANI_TEST_DATA "/golden/speaker/three_layers/model");
};

TEST_F(CloneTest, ASingleRecordingKeepsItsEmbeddingToTheBit) {
  const auto recordings = GoldenRecordings();
  const Clone clone = CloneVoice(*ops_, *encoder_, std::span(recordings).first(1),
                                 /*normalize=*/true, speaker::Silence::kKeep);
  EXPECT_EQ(clone.voice.embedding, encoder_->Embed(*ops_, recordings[0].samples));
  EXPECT_EQ(clone.voice.notes.at("source"), "cloned from 1 recording");
}

TEST_F(CloneTest, SeveralAreAveraged) {
  const auto recordings = GoldenRecordings();
  const Clone plain =
      CloneVoice(*ops_, *encoder_, recordings, /*normalize=*/false, speaker::Silence::kKeep);
  const Clone unit =
      CloneVoice(*ops_, *encoder_, recordings, /*normalize=*/true, speaker::Silence::kKeep);
  ASSERT_EQ(plain.embeddings.size(), 2u);
  const std::vector<float>&a = plain.embeddings[0], &b = plain.embeddings[1];
  EXPECT_EQ(b, encoder_->Embed(*ops_, recordings[1].samples));
  double squares = 0;
  for (const float value : plain.voice.embedding) squares += double{value} * value;
  EXPECT_LT(squares, 0.9999);  // shorter than its parts
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(plain.voice.embedding[i], (a[i] + b[i]) / 2, 1e-7);
    EXPECT_NEAR(unit.voice.embedding[i], plain.voice.embedding[i] / std::sqrt(squares), 1e-6);
  }
  EXPECT_EQ(unit.voice.notes.at("source"), "cloned from 2 recordings");
  EXPECT_EQ(Failure([&] { CloneVoice(*ops_, *encoder_, {}, true, speaker::Silence::kKeep); }),
            "invalid_argument: no recordings, expected at least one");
}

TEST(MeanEmbeddingTest, OppositesHaveNoUnitMean) {
  const std::vector<std::vector<float>> opposites{{1, 0}, {-1, 0}};
  EXPECT_EQ(MeanEmbedding(opposites, /*normalize=*/false), (std::vector<float>{0, 0}));
  EXPECT_EQ(Failure([&] { MeanEmbedding(opposites, /*normalize=*/true); }),
            "invalid_argument: the recordings cancel each other out");
}

TEST(CosineSimilarityTest, IsThatOfTheDirections) {
  const std::vector<float> a{2, 0}, b{0, 3}, c{-1, 0};
  EXPECT_DOUBLE_EQ(CosineSimilarity(a, a), 1);
  EXPECT_DOUBLE_EQ(CosineSimilarity(a, b), 0);
  EXPECT_DOUBLE_EQ(CosineSimilarity(a, c), -1);
}

}  // namespace
}  // namespace kani::voices
