#include "apps/cli/description.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/safetensors.h"
#include "formats/torch_checkpoint.h"
#include "model/lm_config.h"
#include "model/model_folder.h"
#include "model/nemo.h"
#include "model/speaker_config.h"
#include "model/tokenizer_file.h"
#include "voices/voice.h"

namespace kani::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxJsonBytes = size_t{256} << 20;
constexpr int64_t kMaxVoiceSize = 4096;
// int8 weights come in blocks of 32 with a 16-bit scale.
constexpr int64_t kInt8Block = 32, kInt8BlockBytes = 34;

constexpr std::string_view kLmLicence =
    "official KaniTTS2 and LFM2 weights: LFM Open License (limits commercial use by revenue)";
constexpr std::string_view kCodecLicence = "official NanoCodec weights: NVIDIA Open Model License";
constexpr std::string_view kSpeakerLicence =
    "official speaker encoder weights: CC-BY-SA-3.0 (attribution, share alike)";

Json Part(std::string_view kind, const std::filesystem::path& path) {
  return {{"kind", kind}, {"path", path.string()}};
}

std::string LicenceNote(std::string_view licence) {
  return StrCat(licence, "; check the licence that came with this copy");
}

/// Adds tensors, parameter count and memory. Matrices shrink with the weight format, vectors stay
/// fp32.
/// @param formats whether this kind of model can be kept as bf16 and int8.
void AddTensors(Json& part, const formats::TensorStore& store, bool formats) {
  int64_t matrix = 0, vector = 0;
  Json tensors = Json::array();
  for (const auto& [name, view] : store.tensors()) {
    tensors.push_back({{"name", name}, {"dtype", DTypeName(view.dtype)}, {"shape", view.shape}});
    (view.shape.size() >= 2 ? matrix : vector) += view.size();
  }
  part["parameters"] = matrix + vector;
  part["memory_bytes"]["fp32"] = 4 * (matrix + vector);
  if (formats) {
    part["memory_bytes"]["bf16"] = 2 * matrix + 4 * vector;
    part["memory_bytes"]["int8"] = matrix / kInt8Block * kInt8BlockBytes + 4 * vector;
  }
  part["tensors"] = std::move(tensors);
}

Json ConfigJson(const model::LmConfig& config) {
  int64_t attention = 0;
  for (const model::LayerType type : config.layer_types) {
    attention += type == model::LayerType::kAttention;
  }
  return {{"hidden_size", config.hidden_size},
          {"num_hidden_layers", config.num_hidden_layers()},
          {"attention_layers", attention},
          {"num_attention_heads", config.num_attention_heads},
          {"num_key_value_heads", config.num_key_value_heads},
          {"feed_forward_size", config.feed_forward_size},
          {"conv_L_cache", config.conv_L_cache},
          {"max_position_embeddings", config.max_position_embeddings},
          {"rope_theta", config.rope_theta},
          {"use_learnable_rope", config.use_learnable_rope},
          {"audio_step", config.audio_step},
          {"vocab_size", config.vocab_size},
          {"text_vocab_size", config.tokens.text_vocab_size},
          {"tokens_per_frame", config.tokens.codebooks},
          {"codebook_size", config.tokens.codebook_size},
          {"speaker_emb_dim", config.speaker_emb_dim},
          {"dtype", config.dtype},
          {"language_tags", config.language_tags}};
}

Json ConfigJson(const model::SpeakerConfig& config) {
  return {{"hidden_size", config.hidden_size},
          {"num_hidden_layers", config.num_hidden_layers},
          {"num_attention_heads", config.num_attention_heads},
          {"intermediate_size", config.intermediate_size},
          {"conv_dim", config.conv_dim},
          {"conv_kernel", config.conv_kernel},
          {"conv_stride", config.conv_stride},
          {"embd_size", config.embd_size}};
}

Json ConfigJson(const model::CodecConfig& config) {
  return {{"sample_rate_hz", config.sample_rate_hz},
          {"samples_per_frame", config.samples_per_frame},
          {"frames_per_second", static_cast<double>(config.sample_rate_hz) /
                                    static_cast<double>(config.samples_per_frame)},
          {"codebooks", config.num_groups},
          {"codebook_size", config.codebook_size()},
          {"num_levels_per_group", config.num_levels_per_group},
          {"decoder_base_channels", config.decoder.base_channels},
          {"encoder_base_channels", config.encoder.base_channels}};
}

bool IsSpeakerConfig(const nlohmann::json& json) {
  return json.is_object() && json.value("model_type", nlohmann::json()) == "wavlm";
}

/// The config of a language model or a speaker encoder.
Json DescribeConfig(const std::filesystem::path& path) {
  const std::string text = ReadTextFile(path, kMaxJsonBytes);
  const std::string source = Quoted(path.string());
  Json part;
  if (IsSpeakerConfig(formats::ParseJson(text, source))) {
    part = Part("speaker encoder", path);
    part["config"] = ConfigJson(model::ParseSpeakerConfig(text, source));
    part["licence_note"] = LicenceNote(kSpeakerLicence);
  } else {
    part = Part("language model", path);
    part["config"] = ConfigJson(model::ParseLmConfig(text, source));
    part["licence_note"] = LicenceNote(kLmLicence);
  }
  return part;
}

std::unique_ptr<formats::TensorStore> OpenWeights(const std::filesystem::path& folder) {
  const std::filesystem::path pickled = folder / "pytorch_model.bin";
  const bool safe = std::filesystem::exists(folder / "model.safetensors") ||
                    std::filesystem::exists(folder / "model.safetensors.index.json");
  return !safe && std::filesystem::exists(pickled) ? formats::OpenTorchCheckpoint(pickled)
                                                   : formats::OpenSafetensors(folder);
}

Json DescribeWeightFolder(const std::filesystem::path& folder) {
  Json part = DescribeConfig(folder / "config.json");
  part["path"] = folder.string();
  AddTensors(part, *OpenWeights(folder), part["kind"] == "language model");
  return part;
}

Json DescribeCodec(const std::filesystem::path& path) {
  const model::NemoArchive archive = model::OpenNemo(path);
  Json part = Part("codec", path);
  part["config"] = ConfigJson(archive.config);
  part["licence_note"] = LicenceNote(kCodecLicence);
  AddTensors(part, *archive.weights, /*formats=*/false);
  return part;
}

Json DescribeTensors(const std::filesystem::path& path, const formats::TensorStore& store) {
  Json part = Part("tensors", path);
  const auto& tensors = store.tensors();
  if (tensors.size() == 1 && tensors.begin()->second.size() <= kMaxVoiceSize)
    part["kind"] = "voice";
  AddTensors(part, store, /*formats=*/false);
  return part;
}

Json DescribeVoice(const std::filesystem::path& path) {
  const voices::Voice voice = voices::LoadVoice(path, 0);
  Json part = Part("voice", path);
  part["config"] = {{"name", voice.name},
                    {"language", voice.language},
                    {"embedding_size", voice.embedding.size()},
                    {"notes", voice.notes}};
  return part;
}

Json DescribeTokenizer(const std::filesystem::path& path) {
  const model::TokenizerFile file = model::LoadTokenizerFile(path);
  Json part = Part("tokenizer", path);
  part["config"] = {{"vocabulary", file.vocab.size()},
                    {"merges", file.merges.size()},
                    {"added_tokens", file.added_tokens.size()},
                    {"patterns", file.patterns}};
  return part;
}

Json DescribeJson(const std::filesystem::path& path) {
  const nlohmann::json json =
      formats::ParseJson(ReadTextFile(path, kMaxJsonBytes), Quoted(path.string()));
  if (json.contains("model") && json.contains("added_tokens")) return DescribeTokenizer(path);
  if (json.contains("model_type") || json.contains("text_vocab_size")) return DescribeConfig(path);
  if (voices::IsVoiceCollection(path)) {
    Json part = Part("voices", path);
    for (const voices::Voice& voice : voices::LoadVoiceCollection(path, 0)) {
      part["config"]["voices"].push_back(voice.name);
    }
    return part;
  }
  return DescribeVoice(path);
}

Json DescribeFile(const std::filesystem::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".nemo") return DescribeCodec(path);
  if (extension == ".safetensors") return DescribeTensors(path, *formats::OpenSafetensors(path));
  if (extension == ".bin" || extension == ".ckpt" || extension == ".pt") {
    return DescribeTensors(path, *formats::OpenTorchCheckpoint(path));
  }
  if (extension == ".json") return DescribeJson(path);
  if (extension == ".npy") return DescribeVoice(path);
  Fail(ErrorCode::kUnsupported, Quoted(path.string()),
       ": expected a model folder or a .safetensors, .nemo, .bin, .ckpt, .pt, .json or .npy file");
}

/// A folder with weights is a whole model if the codec lies beside them, else one part.
bool HasCodec(const std::filesystem::path& folder) {
  const std::filesystem::directory_iterator entries(folder);
  return std::any_of(begin(entries), end(entries),
                     [](const auto& entry) { return entry.path().extension() == ".nemo"; });
}

}  // namespace

std::vector<Json> Describe(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    Fail(ErrorCode::kNotFound, Quoted(path.string()), ": no such file or folder");
  }
  if (!std::filesystem::is_directory(path)) return {DescribeFile(path)};
  const bool weights = std::filesystem::exists(path / "config.json");
  if (weights && !HasCodec(path)) return {DescribeWeightFolder(path)};
  if (!weights && !std::filesystem::exists(path / "lm" / "config.json")) {
    Fail(ErrorCode::kNotFound, Quoted(path.string()),
         ": no model in this folder, expected config.json in it or in lm/");
  }
  return DescribeModel(model::FindModel({.model = path.string()}));
}

std::vector<Json> DescribeModel(const model::ModelPaths& paths) {
  std::vector<Json> parts;
  parts.push_back(DescribeWeightFolder(paths.lm_folder));
  parts.push_back(DescribeTokenizer(paths.tokenizer));
  parts.push_back(DescribeCodec(paths.codec));
  if (paths.speaker_encoder) parts.push_back(DescribeWeightFolder(*paths.speaker_encoder));
  return parts;
}

}  // namespace kani::cli
