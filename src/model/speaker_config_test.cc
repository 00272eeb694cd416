#include "model/speaker_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/testing.h"

namespace kani::model {
namespace {

using Json = nlohmann::json;

std::string FailureWith(const std::string& key, const Json& value) {
  Json json = Json::parse(ReadAll(Golden("speaker/three_layers/model/config.json")));
  json[key] = value;
  return Failure([&] { ParseSpeakerConfig(json.dump(), "c"); });
}

TEST(SpeakerConfigTest, ReadsTheGolden) {
  const SpeakerConfig config = LoadSpeakerConfig(Golden("speaker/three_layers/model/config.json"));
  EXPECT_EQ(config.hidden_size, 64);
  EXPECT_EQ(config.num_hidden_layers, 3);
  EXPECT_EQ(config.num_attention_heads, 4);
  EXPECT_EQ(config.intermediate_size, 128);
  EXPECT_EQ(config.conv_dim, std::vector<int64_t>(7, 32));
  EXPECT_EQ(config.conv_kernel, (std::vector<int64_t>{10, 3, 3, 3, 3, 2, 2}));
  EXPECT_EQ(config.conv_stride, (std::vector<int64_t>{5, 2, 2, 2, 2, 2, 2}));
  EXPECT_EQ(config.embd_size, 128);
  EXPECT_EQ(config.top_interm_size, 48);
  EXPECT_EQ(config.num_buckets, 320);
  EXPECT_EQ(config.max_bucket_distance, 800);
}

TEST(SpeakerConfigTest, RefusesTheShapeOfWavLmBase) {
  EXPECT_EQ(FailureWith("feat_extract_norm", "group"),
            "unsupported: c: feat_extract_norm is 'group', expected 'layer'");
  EXPECT_EQ(FailureWith("feat_extract_norm", nullptr).find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("do_stable_layer_norm", false).find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("conv_bias", true).find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("model_type", "wav2vec2").find("unsupported: "), 0u);
}

TEST(SpeakerConfigTest, RefusesSizesThatDoNotFit) {
  EXPECT_EQ(FailureWith("hidden_size", 1 << 30).find("invalid_file: "), 0u);
  EXPECT_EQ(FailureWith("num_attention_heads", 5).find("invalid_file: "), 0u);
  EXPECT_EQ(FailureWith("conv_kernel", {10, 3}).find("invalid_file: "), 0u);
  EXPECT_EQ(FailureWith("conv_stride", {5, 2, 2, 2, 2, 2, 0}).find("invalid_file: "), 0u);
  EXPECT_EQ(FailureWith("num_buckets", 6).find("invalid_file: "), 0u);
  EXPECT_EQ(FailureWith("max_bucket_distance", 80).find("invalid_file: "), 0u);
}

}  // namespace
}  // namespace kani::model
