#include "speaker/feature_extractor.h"

#include <gtest/gtest.h>

#include <utility>

#include "speaker/testing.h"

namespace kani::speaker {
namespace {

std::vector<float> Features(const FeatureExtractor& extractor, kernels::Ops& ops,
                            std::span<const float> samples, int64_t chunk_frames) {
  const kernels::Buffer features = extractor.Run(ops, samples, chunk_frames);
  std::vector<float> host(features.count());
  ops.Download(features.data(), host);
  return host;
}

TEST(FeatureExtractorTest, CountsFramesAsWavLm) {
  const auto store = formats::OpenSafetensors(SmallModel());
  const auto ops = kernels::MakeOps("reference", 1);
  weights::WeightReader reader(ops->device(), *store);
  const FeatureExtractor extractor(reader, model::SpeakerTensors(SmallConfig()), SmallConfig());
  EXPECT_EQ(extractor.stride(), 320);
  for (const auto& [samples, frames] : {std::pair<int64_t, int64_t>{0, 0},
                                        {399, 0},
                                        {400, 1},
                                        {719, 1},
                                        {720, 2},
                                        {16000, 49},
                                        {480000, 1499}}) {
    EXPECT_EQ(extractor.Frames(samples), frames) << samples;
  }
  EXPECT_EQ(extractor.SamplesFor(1), 400);
  EXPECT_EQ(extractor.SamplesFor(2), 720);
  EXPECT_EQ(extractor.SamplesFor(1499), 400 + 1498 * 320);
}

TEST(FeatureExtractorTest, ChunksChangeNoBit) {
  const auto store = formats::OpenSafetensors(SmallModel());
  const std::vector<float> audio = ReadTensor("speaker/three_layers/audio_1s.safetensors", "audio");
  for (const auto& ops : AllOps()) {
    weights::WeightReader reader(ops->device(), *store);
    const FeatureExtractor extractor(reader, model::SpeakerTensors(SmallConfig()), SmallConfig());
    const std::vector<float> whole = Features(extractor, *ops, audio, 49);
    for (const int64_t chunk : {1, 7, 48, 1000}) {
      EXPECT_EQ(Features(extractor, *ops, audio, chunk), whole) << ops->name() << " " << chunk;
    }
  }
}

}  // namespace
}  // namespace kani::speaker
