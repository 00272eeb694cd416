#include "train/config/speech_config.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "model/json.h"
#include "model/lm_config.h"
#include "train/tokenizer/lfm2_tokenizer.h"

namespace kani::train {

namespace {

/// Rows of the vocabulary: text, control tokens, then every codebook.
int64_t VocabularySize(const ModelConfig& model) {
  return model.audio_tokens_start + model.tokens_per_frame * model.audio_codebook_size;
}

}  // namespace

std::string SpeechConfig(std::string_view base_config, const ModelConfig& model,
                         const std::vector<std::string>& language_tags, const std::string& source) {
  nlohmann::json config = model::ParseJson(base_config, source);
  if (!config.is_object()) Fail(ErrorCode::kInvalidFile, source, ": expected an object");
  config["architectures"] = {"KaniTTS2ForCausalLM"};
  config["vocab_size"] = VocabularySize(model);
  config["text_vocab_size"] = model.text_vocab_size;
  config["audio_tokens_start"] = model.audio_tokens_start;
  config["tokens_per_frame"] = model.tokens_per_frame;
  config["audio_step"] = model.audio_step;
  config["use_learnable_rope"] = model.use_learnable_rope;
  config["alpha_min"] = model.alpha_min;
  config["alpha_max"] = model.alpha_max;
  config["speaker_emb_dim"] = model.speaker_emb_dim;
  config["torch_dtype"] = "float32";
  if (language_tags.empty()) {
    config["language_settings"] = {{"status", "no_language_tags"}};
  } else {
    config["language_settings"] = {{"status", "available_language_tags"},
                                   {"language_tags_list", language_tags}};
  }
  std::string text = config.dump(1);
  model::ParseLmConfig(text, source);
  return text;
}

std::string SpeechTokenizer(std::string_view base_tokenizer, const ModelConfig& model,
                            const std::string& source) {
  nlohmann::json tokenizer = model::ParseJson(base_tokenizer, source);
  const auto bad = [&](const auto&... parts) { Fail(ErrorCode::kInvalidFile, source, parts...); };
  if (!tokenizer.is_object() || !tokenizer.contains("added_tokens") ||
      !tokenizer["added_tokens"].is_array() || !tokenizer.contains("model") ||
      !tokenizer["model"].is_object() || !tokenizer["model"].contains("vocab") ||
      !tokenizer["model"]["vocab"].is_object()) {
    bad(": expected a tokenizer.json with added_tokens and model.vocab");
  }
  int64_t largest = -1;
  const auto see = [&](const nlohmann::json& id) {
    if (!id.is_number_integer()) bad(": expected integers as token ids");
    largest = std::max(largest, id.get<int64_t>());
  };
  for (const nlohmann::json& id : tokenizer["model"]["vocab"]) see(id);
  for (const nlohmann::json& token : tokenizer["added_tokens"]) {
    if (!token.is_object() || !token.contains("id")) bad(": expected an id in each added token");
    see(token["id"]);
  }
  if (largest + 1 != model.text_vocab_size) {
    bad(": ends at token ", largest,
        ", expected text_vocab_size - 1 = ", model.text_vocab_size - 1);
  }
  const int64_t count = VocabularySize(model) - model.text_vocab_size;
  for (int64_t i = 0; i < count; ++i) {
    tokenizer["added_tokens"].push_back({{"id", model.text_vocab_size + i},
                                         {"content", StrCat(kCustomTokenPrefix, i, ">")},
                                         {"single_word", false},
                                         {"lstrip", false},
                                         {"rstrip", false},
                                         {"normalized", true},
                                         {"special", false}});
  }
  return tokenizer.dump();
}

}  // namespace kani::train
