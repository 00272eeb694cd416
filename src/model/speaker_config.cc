// Only WavLM's "large" shape is accepted: layer norm in the convolutions and pre-norm layers. Every
// size is bounded here, so that later code may allocate from a config without asking again.
#include "model/speaker_config.h"

#include <initializer_list>
#include <utility>

#include "base/atomic_file.h"
#include "base/dtype.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/misplaced.h"

namespace kani::model {
namespace {

constexpr int64_t kMaxWidth = 16384;
constexpr int64_t kMaxLayers = 512;
constexpr size_t kMaxConvolutions = 32;
constexpr size_t kMaxFileBytes = 1 << 20;

void RequireString(const formats::JsonReader& reader, std::string_view key,
                   std::string_view expected, std::string_view class_default) {
  const std::string found = reader.OptionalString(key).value_or(std::string(class_default));
  if (found != expected) {
    Fail(ErrorCode::kUnsupported, reader.source(), ": ", key, " is ", Quoted(found), ", expected '",
         expected, "'");
  }
}

void RequireBool(const formats::JsonReader& reader, std::string_view key, bool expected) {
  // The class default of all three keys is false.
  const bool found = reader.OptionalBool(key).value_or(false);
  if (found != expected) {
    Fail(ErrorCode::kUnsupported, reader.source(), ": ", key, " is ", found ? "true" : "false",
         ", expected ", expected ? "true" : "false");
  }
}

std::vector<int64_t> ConvolutionInts(const formats::JsonReader& reader, std::string_view key,
                                     int64_t high) {
  std::vector<int64_t> values = reader.Ints(key);
  if (values.empty() || values.size() > kMaxConvolutions) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": ", key, " has ", values.size(),
         " values, expected 1 to ", kMaxConvolutions);
  }
  for (int64_t value : values) {
    if (value < 1 || value > high) {
      Fail(ErrorCode::kInvalidFile, reader.source(), ": ", key, " has ", value,
           ", expected values in [1, ", high, "]");
    }
  }
  return values;
}

void RequireWavLmLarge(const formats::JsonReader& reader) {
  RequireString(reader, "model_type", "wavlm", "");
  RequireString(reader, "feat_extract_norm", "layer", "group");
  RequireString(reader, "feat_extract_activation", "gelu", "gelu");
  RequireString(reader, "hidden_act", "gelu", "gelu");
  RequireBool(reader, "do_stable_layer_norm", true);
  RequireBool(reader, "conv_bias", false);
  RequireBool(reader, "add_adapter", false);
}

void RequireDivides(const formats::JsonReader& reader, std::string_view key, int64_t value,
                    int64_t of) {
  if (of % value != 0) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": ", key, " is ", value,
         ", expected a divisor of hidden_size = ", of);
  }
}

}  // namespace

SpeakerConfig ParseSpeakerConfig(std::string_view json, std::string source) {
  formats::RejectMisplaced(std::as_bytes(std::span(json)), source);
  const nlohmann::json root = formats::ParseJson(json, source);
  const formats::JsonReader reader(root, std::move(source));
  RequireWavLmLarge(reader);

  SpeakerConfig config;
  config.hidden_size = reader.Int("hidden_size", 1, kMaxWidth);
  config.num_hidden_layers = reader.Int("num_hidden_layers", 1, kMaxLayers);
  config.num_attention_heads = reader.Int("num_attention_heads", 1, kMaxWidth);
  config.intermediate_size = reader.Int("intermediate_size", 1, 4 * kMaxWidth);
  config.conv_dim = ConvolutionInts(reader, "conv_dim", kMaxWidth);
  config.conv_kernel = ConvolutionInts(reader, "conv_kernel", 1024);
  config.conv_stride = ConvolutionInts(reader, "conv_stride", 64);
  config.layer_norm_eps = DoubleToFloat(reader.OptionalNumber("layer_norm_eps").value_or(1e-5));
  config.num_conv_pos_embeddings =
      reader.OptionalInt("num_conv_pos_embeddings", 1, 1024).value_or(128);
  config.num_conv_pos_embedding_groups =
      reader.OptionalInt("num_conv_pos_embedding_groups", 1, kMaxWidth).value_or(16);
  config.num_buckets = reader.OptionalInt("num_buckets", 4, 65536).value_or(320);
  config.max_bucket_distance = reader.OptionalInt("max_bucket_distance", 1, 1 << 20).value_or(800);
  config.embd_size = reader.Int("embd_size", 1, 4096);
  config.top_interm_size = reader.OptionalInt("top_interm_size", 1, kMaxWidth).value_or(512);

  if (config.conv_kernel.size() != config.conv_dim.size() ||
      config.conv_stride.size() != config.conv_dim.size()) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": conv_dim, conv_kernel and conv_stride have ",
         config.conv_dim.size(), ", ", config.conv_kernel.size(), " and ",
         config.conv_stride.size(), " values, expected as many each");
  }
  if (!(config.layer_norm_eps >= 0 && config.layer_norm_eps <= 1)) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": layer_norm_eps is ", config.layer_norm_eps,
         ", expected 0 to 1");
  }
  RequireDivides(reader, "num_attention_heads", config.num_attention_heads, config.hidden_size);
  RequireDivides(reader, "num_conv_pos_embedding_groups", config.num_conv_pos_embedding_groups,
                 config.hidden_size);
  // Half of the buckets per sign, half of those exact; the rest grows as log(max / exact).
  if (config.num_buckets % 4 != 0 || config.max_bucket_distance <= config.num_buckets / 4) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": num_buckets ", config.num_buckets,
         " and max_bucket_distance ", config.max_bucket_distance,
         ", expected a multiple of 4 and more than a quarter of it");
  }
  return config;
}

SpeakerConfig LoadSpeakerConfig(const std::filesystem::path& config_json) {
  return ParseSpeakerConfig(ReadTextFile(config_json, kMaxFileBytes), Quoted(config_json.string()));
}

}  // namespace kani::model
