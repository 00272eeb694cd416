// config.json in the older dialect of LFM2, as the published model has it.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "apps/dev/models/random_parts.h"
#include "apps/dev/models/random_tensors.h"
#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::cli {
namespace {

constexpr int64_t kHiddenSize = 1024, kFeedForward = 4608, kHeadSize = 64, kKvHeads = 8;
constexpr int64_t kLayers = 16, kVocab = kTextVocab + kAddedTokens;

}  // namespace

void WriteRandomLanguageModel(const std::filesystem::path& folder) {
  const std::vector<int64_t> attention{2, 5, 8, 10, 12, 14};
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
      {"full_attn_idxs", attention},
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

  RandomTensors weights(DType::kBF16);
  weights.AddLayer("model.embed_tokens.weight", {kVocab, kHiddenSize}, 4.0);
  weights.Add("model.embedding_norm.weight", {kHiddenSize}, 0.1, 1.0);
  weights.AddLayer("model.speaker_emb_projection.weight", {kHiddenSize, kSpeakerSize});
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string prefix = StrCat("model.layers.", i, ".");
    weights.Add(prefix + "operator_norm.weight", {kHiddenSize}, 0.1, 1.0);
    weights.Add(prefix + "ffn_norm.weight", {kHiddenSize}, 0.1, 1.0);
    weights.AddLayer(prefix + "feed_forward.w1.weight", {kFeedForward, kHiddenSize});
    weights.AddLayer(prefix + "feed_forward.w3.weight", {kFeedForward, kHiddenSize});
    weights.AddLayer(prefix + "feed_forward.w2.weight", {kHiddenSize, kFeedForward}, 0.6);
    if (std::find(attention.begin(), attention.end(), i) == attention.end()) {
      weights.AddLayer(prefix + "conv.in_proj.weight", {3 * kHiddenSize, kHiddenSize});
      weights.Add(prefix + "conv.conv.weight", {kHiddenSize, 1, 3}, 0.6);
      weights.AddLayer(prefix + "conv.out_proj.weight", {kHiddenSize, kHiddenSize}, 0.6);
      continue;
    }
    const std::string self_attn = prefix + "self_attn.";
    weights.AddLayer(self_attn + "q_proj.weight", {kHiddenSize, kHiddenSize});
    weights.AddLayer(self_attn + "k_proj.weight", {kKvHeads * kHeadSize, kHiddenSize});
    weights.AddLayer(self_attn + "v_proj.weight", {kKvHeads * kHeadSize, kHiddenSize});
    weights.AddLayer(self_attn + "out_proj.weight", {kHiddenSize, kHiddenSize}, 0.6);
    weights.Add(self_attn + "q_layernorm.weight", {kHeadSize}, 0.1, 1.0);
    weights.Add(self_attn + "k_layernorm.weight", {kHeadSize}, 0.1, 1.0);
    weights.Add(StrCat("model.learnable_rope_layers.", i, ".alpha_weight"), {}, 1.0);
  }
  formats::WriteSafetensors(folder / "model.safetensors", weights.tensors(), {{"format", "pt"}});
}

}  // namespace kani::cli
