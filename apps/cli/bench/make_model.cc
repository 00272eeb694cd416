#include "bench/make_model.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/random.h"
#include "bench/torch_writer.h"
#include "model/safetensors.h"
#include "text/byte_alphabet.h"

namespace kani::cli {
namespace {

// Sizes of nineninesix/kani-tts-2-en, nvidia/nemo-nano-codec-22khz-0.6kbps-12.5fps and
// nineninesix/speaker-emb-tbr.
constexpr int64_t kHidden = 1024, kFeedForward = 4608, kHeadSize = 64, kKvHeads = 8;
constexpr int64_t kTextVocab = 64400, kAddedTokens = 16138, kVocab = kTextVocab + kAddedTokens;
constexpr int64_t kLayers = 16, kSpeakerSize = 128;

/// Random tensors, each from a stream of its own.
class TensorMaker {
 public:
  explicit TensorMaker(DType dtype) : dtype_(dtype) {}

  /// Uniform with the given deviation, which is cheaper than normal and as good for timing.
  void Add(std::string name, Shape shape, double deviation, double mean = 0.0) {
    const CounterRandom random(1, tensors.size());
    const auto count = static_cast<size_t>(ElementCount(shape));
    const double width = deviation * std::sqrt(12.0);
    std::vector<std::byte> bytes(count * DTypeSize(dtype_));
    for (size_t i = 0; i < count; ++i) {
      const double unit = random.Bits(i) * 0x1p-32 - 0.5;
      const auto value = static_cast<float>(mean + width * unit);
      if (dtype_ == DType::kBF16) {
        reinterpret_cast<uint16_t*>(bytes.data())[i] = FloatToBf16(value);
      } else {
        reinterpret_cast<float*>(bytes.data())[i] = value;
      }
    }
    tensors.push_back({std::move(name), dtype_, std::move(shape), std::move(bytes)});
  }
  /// A matrix or convolution [out, in, ...] that keeps the size of what passes through it.
  void Layer(const std::string& name, Shape shape, double gain = 1.0) {
    double fan = 1;
    for (size_t i = 1; i < shape.size(); ++i) fan *= static_cast<double>(shape[i]);
    Add(name, std::move(shape), gain / std::sqrt(fan));
  }

  std::vector<model::NamedTensor> tensors;

 private:
  DType dtype_;
};

void WriteText(const std::filesystem::path& path, const std::string& text) {
  WriteFileAtomically(path, std::as_bytes(std::span(text)));
}

void WriteLanguageModel(const std::filesystem::path& folder) {
  const std::vector<int64_t> attention{2, 5, 8, 10, 12, 14};
  nlohmann::ordered_json config = {
      {"architectures", {"KaniTTS2ForCausalLM"}},
      {"model_type", "lfm2"},
      {"vocab_size", kVocab},
      {"hidden_size", kHidden},
      {"num_hidden_layers", kLayers},
      {"num_attention_heads", kHidden / kHeadSize},
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
  WriteText(folder / "config.json", config.dump(1));

  TensorMaker maker(DType::kBF16);
  maker.Layer("model.embed_tokens.weight", {kVocab, kHidden}, 4.0);
  maker.Add("model.embedding_norm.weight", {kHidden}, 0.1, 1.0);
  maker.Layer("model.speaker_emb_projection.weight", {kHidden, kSpeakerSize});
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string prefix = StrCat("model.layers.", i, ".");
    maker.Add(prefix + "operator_norm.weight", {kHidden}, 0.1, 1.0);
    maker.Add(prefix + "ffn_norm.weight", {kHidden}, 0.1, 1.0);
    maker.Layer(prefix + "feed_forward.w1.weight", {kFeedForward, kHidden});
    maker.Layer(prefix + "feed_forward.w3.weight", {kFeedForward, kHidden});
    maker.Layer(prefix + "feed_forward.w2.weight", {kHidden, kFeedForward}, 0.6);
    if (std::find(attention.begin(), attention.end(), i) == attention.end()) {
      maker.Layer(prefix + "conv.in_proj.weight", {3 * kHidden, kHidden});
      maker.Add(prefix + "conv.conv.weight", {kHidden, 1, 3}, 0.6);
      maker.Layer(prefix + "conv.out_proj.weight", {kHidden, kHidden}, 0.6);
      continue;
    }
    const std::string self_attn = prefix + "self_attn.";
    maker.Layer(self_attn + "q_proj.weight", {kHidden, kHidden});
    maker.Layer(self_attn + "k_proj.weight", {kKvHeads * kHeadSize, kHidden});
    maker.Layer(self_attn + "v_proj.weight", {kKvHeads * kHeadSize, kHidden});
    maker.Layer(self_attn + "out_proj.weight", {kHidden, kHidden}, 0.6);
    maker.Add(self_attn + "q_layernorm.weight", {kHeadSize}, 0.1, 1.0);
    maker.Add(self_attn + "k_layernorm.weight", {kHeadSize}, 0.1, 1.0);
    maker.Add(StrCat("model.learnable_rope_layers.", i, ".alpha_weight"), {}, 1.0);
  }
  model::WriteSafetensors(folder / "model.safetensors", maker.tensors, {{"format", "pt"}});
}

/// Byte-level BPE of the official size: control tokens, 256 bytes, pairs of bytes as merges.
void WriteTokenizer(const std::filesystem::path& folder) {
  constexpr int64_t kFirstByte = 510;
  nlohmann::ordered_json vocab = nlohmann::ordered_json::object();
  nlohmann::json merges = nlohmann::json::array(), added = nlohmann::json::array();
  const auto add_token = [&](int64_t id, const std::string& content, bool special) {
    added.push_back({{"id", id},
                     {"content", content},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", special}});
  };
  const std::vector<std::string> named{"<|pad|>", "<|startoftext|>", "<|endoftext|>"};
  for (int64_t id = 0; id < kFirstByte; ++id) {
    const std::string content =
        id < std::ssize(named) ? named[static_cast<size_t>(id)] : StrCat("<|reserved_", id, "|>");
    vocab[content] = id;
    add_token(id, content, true);
  }
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 256; ++byte) {
    bytes.push_back(text::ToByteAlphabet(std::string(1, static_cast<char>(byte))));
    vocab[bytes.back()] = kFirstByte + byte;
  }
  for (int64_t id = kFirstByte + 256; id < kTextVocab; ++id) {
    // Letters first: 'a' * 256 is where common text lies.
    const int64_t pair = (id - kFirstByte - 256 + 0x6100) % 65536;
    const std::string &left = bytes[static_cast<size_t>(pair / 256)],
                      &right = bytes[static_cast<size_t>(pair % 256)];
    vocab[left + right] = id;
    merges.push_back(left + " " + right);
  }
  for (int64_t i = 0; i < kAddedTokens; ++i) {
    add_token(kTextVocab + i, StrCat("<custom_token_", i, ">"), false);
  }
  const std::string pattern =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  nlohmann::ordered_json file = {
      {"version", "1.0"},
      {"added_tokens", added},
      {"normalizer", nullptr},
      {"pre_tokenizer",
       {{"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Split"},
           {"pattern", {{"Regex", pattern}}},
           {"behavior", "Isolated"},
           {"invert", false}},
          {{"type", "ByteLevel"},
           {"add_prefix_space", false},
           {"trim_offsets", true},
           {"use_regex", false}}}}}},
      {"post_processor",
       {{"type", "TemplateProcessing"},
        {"single",
         {{{"SpecialToken", {{"id", "<|startoftext|>"}, {"type_id", 0}}}},
          {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}}},
        {"pair", nlohmann::json::array()},
        {"special_tokens",
         {{"<|startoftext|>",
           {{"id", "<|startoftext|>"}, {"ids", {1}}, {"tokens", {"<|startoftext|>"}}}}}}}},
      {"decoder",
       {{"type", "ByteLevel"},
        {"add_prefix_space", true},
        {"trim_offsets", true},
        {"use_regex", true}}},
      {"model",
       {{"type", "BPE"},
        {"dropout", nullptr},
        {"unk_token", nullptr},
        {"fuse_unk", false},
        {"byte_fallback", false},
        {"ignore_merges", false},
        {"vocab", vocab},
        {"merges", merges}}}};
  WriteText(folder / "tokenizer.json", file.dump());
}

/// Weight-normalised convolution in the old key style; ||v|| is folded into g by its typical size.
void AddConvolution(TensorMaker& maker, const std::string& name, Shape v, int64_t outputs,
                    double fan) {
  double norm_size = 1;
  for (size_t i = 1; i < v.size(); ++i) norm_size *= static_cast<double>(v[i]);
  maker.Add(name + ".weight_g", {v[0], 1, 1}, 0.0, std::sqrt(norm_size / fan));
  maker.Add(name + ".weight_v", std::move(v), 1.0);
  maker.Add(name + ".bias", {outputs}, 0.05);
}

void AddResidualLayer(TensorMaker& maker, const std::string& prefix, int64_t channels, bool snake) {
  const int64_t kernels[] = {3, 7, 11};
  for (int j = 0; j < 3; ++j) {
    for (int m = 0; m < 3; ++m) {
      const std::string block = StrCat(prefix, ".res_blocks.", j, ".res_blocks.", m, ".");
      for (const char* part : {"input", "skip"}) {
        AddConvolution(maker, StrCat(block, part, "_conv.conv"), {channels, channels, kernels[j]},
                       channels, 2.0 * static_cast<double>(channels * kernels[j]));
        if (snake) {
          maker.Add(StrCat(block, part, "_activation.activation.snake_act.alpha"),
                    {1, channels / 2, 1}, 0.2, 1.0);
        }
      }
    }
  }
}

void WriteCodec(const std::filesystem::path& path) {
  TensorMaker maker(DType::kF32);
  const std::vector<int64_t> down{2, 3, 6, 7, 7}, up{7, 7, 6, 3, 2};
  int64_t channels = 24;
  AddConvolution(maker, "audio_encoder.pre_conv.conv", {channels, 1, 7}, channels, 7);
  for (int i = 0; i < 5; ++i, channels *= 2) {
    AddResidualLayer(maker, StrCat("audio_encoder.res_layers.", i), channels, false);
    const int64_t taps = 2 * down[static_cast<size_t>(i)];
    AddConvolution(maker, StrCat("audio_encoder.down_sample_conv_layers.", i, ".conv"),
                   {2 * channels, channels, taps}, 2 * channels,
                   static_cast<double>(channels * taps));
  }
  AddConvolution(maker, "audio_encoder.post_conv.conv", {16, channels, 7}, 16,
                 static_cast<double>(channels * 7));
  channels = 864;
  AddConvolution(maker, "audio_decoder.pre_conv.conv", {channels, 16, 7}, channels, 16 * 7);
  for (int i = 0; i < 5; ++i) {
    maker.Add(StrCat("audio_decoder.activations.", i, ".activation.snake_act.alpha"),
              {1, channels / 2, 1}, 0.2, 1.0);
    AddConvolution(maker, StrCat("audio_decoder.up_sample_conv_layers.", i, ".conv"),
                   {channels, 1, 2 * up[static_cast<size_t>(i)]}, channels / 2, 4);
    channels /= 2;
    AddResidualLayer(maker, StrCat("audio_decoder.res_layers.", i), channels, true);
  }
  maker.Add("audio_decoder.post_activation.activation.snake_act.alpha", {1, channels / 2, 1}, 0.2,
            1.0);
  AddConvolution(maker, "audio_decoder.post_conv.conv", {1, channels, 3}, 1,
                 9.0 * static_cast<double>(channels * 3));
  const std::string config = R"(sample_rate: 22050
samples_per_frame: 1764
audio_encoder:
  _target_: nemo.collections.tts.modules.audio_codec_modules.HiFiGANEncoder
  down_sample_rates: [2, 3, 6, 7, 7]
  encoded_dim: 16
  base_channels: 24
  activation: lrelu
  pad_mode: replicate
audio_decoder:
  _target_: nemo.collections.tts.modules.audio_codec_modules.CausalHiFiGANDecoder
  up_sample_rates: [7, 7, 6, 3, 2]
  input_dim: 16
  base_channels: 864
  activation: half_snake
  output_activation: clamp
  pad_mode: zeros
  n_groups_equal_to_out_channels: true
vector_quantizer:
  _target_: nemo.collections.tts.modules.audio_codec_modules.GroupFiniteScalarQuantizer
  num_groups: 4
  num_levels_per_group: [9, 8, 8, 7]
)";
  WriteNemo(path, config, maker.tensors);
}

void WriteSpeaker(const std::filesystem::path& folder) {
  constexpr int64_t kConv = 512, kFfn = 4096, kHeads = 16, kTop = 512, kWavLmLayers = 24;
  const std::vector<int64_t> kernels{10, 3, 3, 3, 3, 2, 2}, strides{5, 2, 2, 2, 2, 2, 2};
  const nlohmann::ordered_json config = {{"model_type", "wavlm"},
                                         {"hidden_size", kHidden},
                                         {"num_hidden_layers", kWavLmLayers},
                                         {"num_attention_heads", kHeads},
                                         {"intermediate_size", kFfn},
                                         {"conv_dim", std::vector<int64_t>(7, kConv)},
                                         {"conv_kernel", kernels},
                                         {"conv_stride", strides},
                                         {"conv_bias", false},
                                         {"feat_extract_norm", "layer"},
                                         {"feat_extract_activation", "gelu"},
                                         {"hidden_act", "gelu"},
                                         {"do_stable_layer_norm", true},
                                         {"layer_norm_eps", 1e-5},
                                         {"num_conv_pos_embeddings", 128},
                                         {"num_conv_pos_embedding_groups", 16},
                                         {"num_buckets", 320},
                                         {"max_bucket_distance", 800},
                                         {"add_adapter", false},
                                         {"embd_size", kSpeakerSize},
                                         {"top_interm_size", kTop}};
  std::filesystem::create_directories(folder);
  WriteText(folder / "config.json", config.dump(1));

  TensorMaker maker(DType::kF32);
  const auto norm = [&](const std::string& name, int64_t size) {
    maker.Add(name + ".weight", {size}, 0.1, 1.0);
    maker.Add(name + ".bias", {size}, 0.05);
  };
  const auto dense = [&](const std::string& name, int64_t out, int64_t in) {
    maker.Layer(name + ".weight", {out, in});
    maker.Add(name + ".bias", {out}, 0.02);
  };
  for (size_t i = 0; i < kernels.size(); ++i) {
    const std::string prefix = StrCat("wavlm.feature_extractor.conv_layers.", i, ".");
    maker.Layer(prefix + "conv.weight", {kConv, i == 0 ? 1 : kConv, kernels[i]});
    norm(prefix + "layer_norm", kConv);
  }
  norm("wavlm.feature_projection.layer_norm", kConv);
  dense("wavlm.feature_projection.projection", kHidden, kConv);
  const std::string positional = "wavlm.encoder.pos_conv_embed.conv.";
  maker.Add(positional + "bias", {kHidden}, 0.02);
  maker.Add(positional + "weight_g", {1, 1, 128}, 0.0, 2.0);
  maker.Add(positional + "weight_v", {kHidden, kHidden / 16, 128}, 1.0);
  for (int64_t i = 0; i < kWavLmLayers; ++i) {
    const std::string prefix = StrCat("wavlm.encoder.layers.", i, ".");
    for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      dense(prefix + "attention." + part, kHidden, kHidden);
    }
    maker.Add(prefix + "attention.gru_rel_pos_const", {1, kHeads, 1, 1}, 0.2, 1.0);
    dense(prefix + "attention.gru_rel_pos_linear", 8, kHidden / kHeads);
    if (i == 0) maker.Add(prefix + "attention.rel_attn_embed.weight", {320, kHeads}, 0.5);
    norm(prefix + "layer_norm", kHidden);
    dense(prefix + "feed_forward.intermediate_dense", kFfn, kHidden);
    dense(prefix + "feed_forward.output_dense", kHidden, kFfn);
    norm(prefix + "final_layer_norm", kHidden);
  }
  norm("wavlm.encoder.layer_norm", kHidden);
  maker.Layer("top_layers.affine1.weight", {kTop, 2 * kHidden, 1});
  maker.Add("top_layers.affine1.bias", {kTop}, 0.02);
  maker.Add("top_layers.batchnorm1.running_mean", {kTop}, 0.1, 0.4);
  maker.Add("top_layers.batchnorm1.running_var", {kTop}, 0.02, 0.3);
  maker.Layer("top_layers.affine2.weight", {kSpeakerSize, kTop, 1});
  maker.Add("top_layers.affine2.bias", {kSpeakerSize}, 0.02);
  maker.Add("top_layers.batchnorm2.running_mean", {kSpeakerSize}, 0.1, 0.4);
  maker.Add("top_layers.batchnorm2.running_var", {kSpeakerSize}, 0.02, 0.3);
  model::WriteSafetensors(folder / "model.safetensors", maker.tensors, {{"format", "pt"}});
}

}  // namespace

void MakeModel(const std::string& name, const std::filesystem::path& folder) {
  if (name != kMakeableModels) {
    Fail(ErrorCode::kInvalidArgument, "model ", Quoted(name), ": expected ", kMakeableModels);
  }
  std::filesystem::create_directories(folder);
  if (!std::filesystem::is_empty(folder)) {
    Fail(ErrorCode::kInvalidArgument, Quoted(folder.string()), ": expected an empty folder");
  }
  WriteLanguageModel(folder);
  WriteTokenizer(folder);
  WriteCodec(folder / "codec.nemo");
  WriteSpeaker(folder / "speaker");
}

}  // namespace kani::cli
