#include "model/lm_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "formats/safetensors.h"
#include "formats/testing.h"

namespace kani::model {
namespace {

using Json = nlohmann::json;

/// The published KaniTTS2 sizes in the newer dialect.
Json Published() {
  Json json = {{"model_type", "lfm2"},        {"vocab_size", 80538},
               {"hidden_size", 1024},         {"num_hidden_layers", 3},
               {"num_attention_heads", 16},   {"num_key_value_heads", 8},
               {"intermediate_size", 6656},   {"layer_types", {"conv", "conv", "full_attention"}},
               {"audio_tokens_start", 64410}, {"text_vocab_size", 64400}};
  return json;
}

LmConfig Parse(const Json& json) { return ParseLmConfig(json.dump(), "config.json"); }

/// The published config with one key replaced.
std::string FailureWith(const std::string& key, const Json& value) {
  Json json = Published();
  json[key] = value;
  return Failure([&] { Parse(json); });
}

TEST(LmConfigTest, ReadsTheNewerDialect) {
  const LmConfig config = LoadLmConfig(Golden("lm/layer_types_bf16/config.json"));
  EXPECT_EQ(config.vocab_size, 600);
  EXPECT_EQ(config.hidden_size, 64);
  EXPECT_EQ(config.num_hidden_layers(), 6);
  EXPECT_EQ(config.layer_types[0], LayerType::kConvolution);
  EXPECT_EQ(config.layer_types[1], LayerType::kAttention);
  EXPECT_EQ(config.head_dim, 16);
  EXPECT_EQ(config.feed_forward_size, 112);  // 150 -> 100 -> next multiple of 16
  EXPECT_EQ(config.dtype, "bfloat16");
  EXPECT_EQ(config.tokens.audio_tokens_start, 280);
  EXPECT_EQ(config.tokens.codebook_size, 80);
  EXPECT_TRUE(config.use_learnable_rope);
  EXPECT_EQ(config.language_tags, (std::vector<std::string>{"en_us", "es"}));
}

TEST(LmConfigTest, ReadsTheOlderDialect) {
  const LmConfig config = LoadLmConfig(Golden("lm/block_keys_fp32_half_step/config.json"));
  EXPECT_EQ(config.hidden_size, 96);
  EXPECT_EQ(config.num_attention_heads, 6);
  EXPECT_EQ(config.num_key_value_heads, 2);
  EXPECT_EQ(config.feed_forward_size, 160);  // 200 -> 133 -> 146 -> next multiple of 32
  EXPECT_EQ(config.rope_theta, 50000.0);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_EQ(config.dtype, "float32");
  EXPECT_EQ(config.audio_step, 0.5);
  EXPECT_EQ(config.alpha_min, 0.4);
  EXPECT_EQ(config.alpha_max, 1.7);
  EXPECT_EQ(config.speaker_emb_dim, 48);
  EXPECT_EQ(config.layer_types[7], LayerType::kAttention);
  EXPECT_EQ(config.layer_types[6], LayerType::kConvolution);
}

TEST(LmConfigTest, NullMultiplierSkipsTheRounding) {
  const LmConfig config = LoadLmConfig(Golden("lm/untied_plain_rope/config.json"));
  EXPECT_EQ(config.feed_forward_size, 64);  // 96 -> 64, a multiple of 8 anyway
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_FALSE(config.use_learnable_rope);
  Json json = Published();
  json["block_ffn_dim_multiplier"] = nullptr;
  EXPECT_EQ(Parse(json).feed_forward_size, 4437);
  json["block_auto_adjust_ff_dim"] = false;
  EXPECT_EQ(Parse(json).feed_forward_size, 6656);
}

TEST(LmConfigTest, FeedForwardSizeOfThePublishedModelIs4608) {
  EXPECT_EQ(Parse(Published()).feed_forward_size, 4608);
  Json json = Published();
  json["block_ff_dim"] = 12288;  // overrides intermediate_size
  EXPECT_EQ(Parse(json).feed_forward_size, 8192);
}

TEST(LmConfigTest, FeedForwardSizeIsTheWidthOfW1InEveryGolden) {
  for (const char* folder : {"lm/layer_types_bf16", "lm/block_keys_fp32_half_step",
                             "lm/untied_plain_rope", "end_to_end/model"}) {
    const LmConfig config = LoadLmConfig(Golden(folder) / "config.json");
    const auto weights = formats::OpenSafetensors(Golden(folder));
    EXPECT_NO_THROW(weights->Get("model.layers.0.feed_forward.w1.weight",
                                 Shape{config.feed_forward_size, config.hidden_size}))
        << folder;
    EXPECT_NO_THROW(
        weights->Get("model.embed_tokens.weight", Shape{config.vocab_size, config.hidden_size}))
        << folder;
  }
}

TEST(LmConfigTest, DefaultsAreThoseOfTheConfigClass) {
  const LmConfig config = Parse(Published());
  EXPECT_EQ(config.tokens.codebooks, 4);
  EXPECT_EQ(config.tokens.codebook_size, 4032);
  EXPECT_EQ(config.tokens.vocab_size(), 80538);
  EXPECT_EQ(config.audio_step, 1.0);
  EXPECT_FALSE(config.use_learnable_rope);
  EXPECT_EQ(config.alpha_min, 0.1);
  EXPECT_EQ(config.alpha_max, 2.0);
  EXPECT_EQ(config.speaker_emb_dim, 128);
  EXPECT_EQ(config.rope_theta, 1e6);
  EXPECT_EQ(config.conv_L_cache, 3);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_TRUE(config.language_tags.empty());
  EXPECT_EQ(config.dtype, "");
}

TEST(LmConfigTest, TextVocabularyAndAudioStartFollowFromEachOther) {
  Json json = Published();
  json.erase("text_vocab_size");
  EXPECT_EQ(Parse(json).tokens.text_vocab_size, 64400);
  json = Published();
  json.erase("audio_tokens_start");
  EXPECT_EQ(Parse(json).tokens.audio_tokens_start, 64410);
  json.erase("text_vocab_size");
  EXPECT_NE(Failure([&] { Parse(json); }).find("no KaniTTS2"), std::string::npos);
}

TEST(LmConfigTest, RopeThetaMayLieInRopeParameters) {
  Json json = Published();
  json["rope_parameters"] = {{"rope_theta", 5e5}, {"rope_type", "default"}};
  EXPECT_EQ(Parse(json).rope_theta, 5e5);
  json = Published();
  json["rope_parameters"] = {{"rope_type", "yarn"}};
  EXPECT_EQ(Failure([&] { Parse(json); }).find("unsupported: "), 0u);
}

// What AutoConfig of transformers 4.56.0 and 5.24.0 made of the same files.
TEST(LmConfigTest, RopeThetaIsThatOfTheOfficialStackWithAWarningWhereVersionsDiffer) {
  struct Case {
    double theta, rope_theta, rope_parameters;  ///< 0: not there
    double taken;
    bool differ;
  };
  for (const Case& one :
       {Case{5e5, 0, 0, 5e5, true}, Case{0, 5e5, 0, 5e5, false}, Case{5e5, 2e5, 0, 5e5, true},
        Case{0, 0, 5e5, 5e5, true}, Case{0, 2e5, 5e5, 2e5, true}, Case{2e5, 0, 5e5, 2e5, true},
        Case{1e6, 0, 1e6, 1e6, false}, Case{0, 0, 0, 1e6, false}}) {
    Json json = Published();
    for (const char* key : {"theta", "rope_theta", "rope_parameters"}) json.erase(key);
    if (one.theta > 0) json["theta"] = one.theta;
    if (one.rope_theta > 0) json["rope_theta"] = one.rope_theta;
    if (one.rope_parameters > 0) json["rope_parameters"] = {{"rope_theta", one.rope_parameters}};
    EXPECT_EQ(Parse(json).rope_theta, one.taken) << json;
    EXPECT_EQ(!Parse(json).warnings.empty(), one.differ) << json;
  }
}

TEST(LmConfigTest, TagsAreLowerCasedAndOnlyReadWhenAvailable) {
  Json json = Published();
  json["language_settings"] = {{"status", "available_language_tags"},
                               {"language_tags_list", {"EN_US", "es"}}};
  EXPECT_EQ(Parse(json).language_tags, (std::vector<std::string>{"en_us", "es"}));
  json["language_settings"]["status"] = "no_language_tags";
  EXPECT_TRUE(Parse(json).language_tags.empty());
  json["language_settings"]["status"] = "maybe";
  EXPECT_EQ(Failure([&] { Parse(json); }).find("unsupported: "), 0u);
}

TEST(LmConfigTest, WithoutLayerKeysEveryLayerIsAttention) {
  Json json = Published();
  json.erase("layer_types");
  EXPECT_EQ(Parse(json).layer_types, std::vector<LayerType>(3, LayerType::kAttention));
}

TEST(LmConfigTest, RefusesWhatDisagrees) {
  EXPECT_EQ(FailureWith("block_dim", 512),
            "invalid_file: config.json: key 'hidden_size' is 1024 but key 'block_dim' is 512, "
            "expected the same value");
  EXPECT_NE(FailureWith("full_attn_idxs", {1}).find("different attention layers"),
            std::string::npos);
  EXPECT_NE(FailureWith("full_attn_idxs", {3}).find("[0, 3)"), std::string::npos);
  EXPECT_NE(FailureWith("num_hidden_layers", 4).find("lists 3 layers"), std::string::npos);
  EXPECT_NE(FailureWith("num_attention_heads", 12).find("divide"), std::string::npos);
  EXPECT_NE(FailureWith("head_dim", 32).find("head_dim 32"), std::string::npos);
  EXPECT_NE(FailureWith("vocab_size", 80539).find("multiple of tokens_per_frame"),
            std::string::npos);
  EXPECT_NE(FailureWith("vocab_size", 64410).find("multiple"), std::string::npos);
  EXPECT_NE(FailureWith("text_vocab_size", 64401).find("at least"), std::string::npos);
  EXPECT_NE(FailureWith("alpha_min", 3.0).find("alpha_min"), std::string::npos);
}

TEST(LmConfigTest, RefusesSizesThatNoModelHas) {
  EXPECT_NE(FailureWith("hidden_size", 1 << 20).find("[1, 16384]"), std::string::npos);
  EXPECT_NE(FailureWith("vocab_size", int64_t{1} << 40).find("vocab_size"), std::string::npos);
  EXPECT_NE(FailureWith("num_hidden_layers", 0).find("num_hidden_layers"), std::string::npos);
  EXPECT_NE(FailureWith("intermediate_size", 1).find("width 0"), std::string::npos);
  EXPECT_NE(FailureWith("block_ffn_dim_multiplier", 1e300).find("block_ffn_dim_multiplier"),
            std::string::npos);
  EXPECT_NE(FailureWith("hidden_size", "1024").find("expected an integer"), std::string::npos);
  Json json = Published();
  json["hidden_size"] = 16384;
  json["vocab_size"] = 64410 + 4 * 1000000;
  EXPECT_NE(Failure([&] { Parse(json); }).find("embedding of 4064410 x 16384"), std::string::npos);
}

TEST(LmConfigTest, RefusesOtherModels) {
  EXPECT_EQ(FailureWith("model_type", "llama"),
            "unsupported: config.json: model_type is 'llama', expected 'lfm2'");
  EXPECT_EQ(FailureWith("layer_types", {"conv", "conv", "mamba"}).find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("block_use_swiglu", false).find("unsupported: "), 0u);
  EXPECT_NE(Failure([] { ParseLmConfig("[]", "c"); }).find("JSON object"), std::string::npos);
  EXPECT_NE(Failure([] {
              ParseLmConfig("version https://git-lfs.github.com/spec/v1\n", "c");
            }).find("git lfs pull"),
            std::string::npos);
}

}  // namespace
}  // namespace kani::model
