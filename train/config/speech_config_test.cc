#include "train/config/speech_config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/lm_config.h"

namespace kani::train {
namespace {

constexpr const char* kLfm2 = R"({
  "architectures": ["Lfm2ForCausalLM"], "model_type": "lfm2", "hidden_size": 1024,
  "num_hidden_layers": 3, "num_attention_heads": 16, "num_key_value_heads": 8,
  "full_attn_idxs": [2], "block_ff_dim": 6656, "block_auto_adjust_ff_dim": true,
  "block_ffn_dim_multiplier": 1.0, "block_multiple_of": 256, "norm_eps": 1e-05,
  "rope_theta": 1000000.0, "conv_L_cache": 3, "conv_bias": false,
  "max_position_embeddings": 128000, "vocab_size": 65536, "torch_dtype": "bfloat16"})";

TEST(SpeechConfigTest, MakesLfm2AModelThatSpeaks) {
  ModelConfig official;
  official.use_learnable_rope = true;
  const std::string text = SpeechConfig(kLfm2, official, {"en", "es"}, "base");
  const model::LmConfig config = model::ParseLmConfig(text, "made");
  EXPECT_EQ(config.vocab_size, official.total_vocab_size);
  EXPECT_EQ(config.tokens.codebook_size, 4032);
  EXPECT_EQ(config.tokens.text_vocab_size, 64400);
  EXPECT_TRUE(config.use_learnable_rope);
  EXPECT_EQ(config.language_tags, (std::vector<std::string>{"en", "es"}));
  EXPECT_EQ(nlohmann::json::parse(text)["architectures"][0], "KaniTTS2ForCausalLM");
}

TEST(SpeechConfigTest, RefusesSizesThatDoNotFitAndOtherModels) {
  ModelConfig official;
  official.audio_tokens_start = 64405;  // inside the control tokens
  EXPECT_THROW(SpeechConfig(kLfm2, official, {}, "base"), Error);
  EXPECT_THROW(SpeechConfig(R"({"model_type": "llama"})", ModelConfig(), {}, "base"), Error);
  EXPECT_THROW(SpeechConfig("[]", ModelConfig(), {}, "base"), Error);
}

}  // namespace
}  // namespace kani::train
