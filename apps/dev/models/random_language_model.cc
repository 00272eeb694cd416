// config.json in the older dialect of LFM2, as the published model has it.
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "apps/dev/models/random_parts.h"
#include "apps/dev/models/random_tensors.h"
#include "base/atomic_file.h"
#include "model/lm_tensors.h"

namespace kani::dev {
namespace {

constexpr int64_t kHiddenSize = 1024, kHeadSize = 64, kKvHeads = 8;
constexpr int64_t kLayers = 16, kVocab = kTextVocab + kAddedTokens;

}  // namespace

void WriteRandomLanguageModel(const std::filesystem::path& folder) {
  nlohmann::ordered_json config = {
      {"architectures", {"KaniTTS2ForCausalLM"}},
      {"model_type", "lfm2"},
      {"vocab_size", kVocab},
      {"hidden_size", kHiddenSize},
      {"num_hidden_layers", kLayers},
      {"num_attention_heads", kHiddenSize / kHeadSize},
      {"num_key_value_heads", kKvHeads},
      {"block_ff_dim", 6656},
      {"block_auto_adjust_ff_dim", true},
      {"block_ffn_dim_multiplier", 1.0},
      {"block_multiple_of", 256},
      {"conv_L_cache", 3},
      {"conv_bias", false},
      {"norm_eps", 1e-5},
      {"rope_theta", 1000000.0},
      {"max_position_embeddings", 128000},
      {"full_attn_idxs", {2, 5, 8, 10, 12, 14}},
      {"bos_token_id", 1},
      {"eos_token_id", 7},
      {"pad_token_id", 0},
      {"tie_embedding", true},
      {"torch_dtype", "bfloat16"},
      {"audio_tokens_start", kTextVocab + 10},
      {"text_vocab_size", kTextVocab},
      {"tokens_per_frame", 4},
      {"audio_step", 1.0},
      {"use_learnable_rope", true},
      {"alpha_min", 0.1},
      {"alpha_max", 2.0},
      {"speaker_emb_dim", kSpeakerSize},
      {"language_settings",
       {{"status", "available_language_tags"}, {"language_tags_list", {"en_us", "es"}}}}};
  const std::string text = config.dump(1);
  WriteFileAtomically(folder / "config.json", std::as_bytes(std::span(text)));

  const model::LmConfig parsed = model::ParseLmConfig(text, "config.json");
  const auto specs = model::LmTensors(parsed).All(parsed.tie_word_embeddings);
  formats::WriteSafetensors(folder / "model.safetensors", RandomTensors(specs, DType::kBF16),
                            {{"format", "pt"}});
}

}  // namespace kani::dev
