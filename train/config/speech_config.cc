#include "train/config/speech_config.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "formats/json.h"
#include "model/lm_config.h"

namespace kani::train {

std::string SpeechConfig(std::string_view base_config, const ModelConfig& model,
                         const std::vector<std::string>& language_tags, const std::string& source) {
  nlohmann::json config = formats::ParseJson(base_config, source);
  if (!config.is_object()) Fail(ErrorCode::kInvalidFile, source, ": expected an object");
  config["architectures"] = {"KaniTTS2ForCausalLM"};
  config["vocab_size"] =
      model.audio_tokens_start + model.tokens_per_frame * model.audio_codebook_size;
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

}  // namespace kani::train
