// Both dialects are read into one LmConfig: the newer one (layer_types, intermediate_size,
// rope_theta) and the older one (full_attn_idxs, block_*, theta). Where a file carries a value
// under several names, the names must agree.
#include "model/lfm2_config.h"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace kani::model {
namespace {

// Several times the largest published LFM2 (hidden 2560, 30 layers), far below what overflows.
constexpr int64_t kMaxHidden = 16384;
constexpr int64_t kMaxFeedForward = 131072;
constexpr int64_t kMaxLayers = 512;
constexpr int64_t kMaxMatrix = int64_t{1} << 32;  // elements of one weight matrix
constexpr int64_t kMaxPositions = int64_t{1} << 24;

using Keys = std::initializer_list<std::string_view>;

/// Value of the keys that are present, which must be the same.
template <typename Read>
auto Agreeing(const formats::JsonReader& reader, Keys keys, Read read)
    -> decltype(read(*keys.begin())) {
  decltype(read(*keys.begin())) value;
  std::string_view first;
  for (std::string_view key : keys) {
    const auto found = read(key);
    if (!found) continue;
    if (!value) {
      value = found;
      first = key;
    } else if (*value != *found) {
      Fail(ErrorCode::kInvalidFile, reader.source(), ": key '", first, "' is ", *value,
           " but key '", key, "' is ", *found, ", expected the same value");
    }
  }
  return value;
}

std::optional<int64_t> AgreeingInt(const formats::JsonReader& reader, Keys keys, int64_t low,
                                   int64_t high) {
  return Agreeing(reader, keys,
                  [&](std::string_view key) { return reader.OptionalInt(key, low, high); });
}

template <typename T>
T Present(const formats::JsonReader& reader, std::string_view key, const std::optional<T>& value) {
  if (!value) Fail(ErrorCode::kInvalidFile, reader.source(), ": key '", key, "' is missing");
  return *value;
}

void RequireSmallMatrix(const formats::JsonReader& reader, std::string_view what, int64_t rows,
                        int64_t columns) {
  if (rows * columns > kMaxMatrix) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": ", what, " of ", rows, " x ", columns,
         " elements, expected at most ", kMaxMatrix);
  }
}

std::vector<LayerType> LayersFromTypes(const formats::JsonReader& reader) {
  std::vector<LayerType> layers;
  for (const std::string& type : reader.Strings("layer_types")) {
    if (type == "conv") {
      layers.push_back(LayerType::kConvolution);
    } else if (type == "full_attention") {
      layers.push_back(LayerType::kAttention);
    } else {
      Fail(ErrorCode::kUnsupported, reader.source(), ": layer_types has ", Quoted(type),
           ", expected 'conv' or 'full_attention'");
    }
  }
  return layers;
}

std::vector<LayerType> LayersFromIndices(const formats::JsonReader& reader, int64_t layer_count) {
  std::vector<LayerType> layers(static_cast<size_t>(layer_count), LayerType::kConvolution);
  for (int64_t index : reader.Ints("full_attn_idxs")) {
    if (index < 0 || index >= layer_count) {
      Fail(ErrorCode::kInvalidFile, reader.source(), ": full_attn_idxs has ", index,
           ", expected layers in [0, ", layer_count, ")");
    }
    layers[static_cast<size_t>(index)] = LayerType::kAttention;
  }
  return layers;
}

std::vector<LayerType> ReadLayers(const formats::JsonReader& reader) {
  const int64_t layer_count = reader.Int("num_hidden_layers", 1, kMaxLayers);
  if (!reader.Has("layer_types")) {
    // Without either key the reference config class makes every layer attention.
    return reader.Has("full_attn_idxs")
               ? LayersFromIndices(reader, layer_count)
               : std::vector<LayerType>(static_cast<size_t>(layer_count), LayerType::kAttention);
  }
  std::vector<LayerType> layers = LayersFromTypes(reader);
  if (static_cast<int64_t>(layers.size()) != layer_count) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": layer_types lists ", layers.size(),
         " layers, expected num_hidden_layers = ", layer_count);
  }
  if (reader.Has("full_attn_idxs") && LayersFromIndices(reader, layer_count) != layers) {
    Fail(ErrorCode::kInvalidFile, reader.source(),
         ": layer_types and full_attn_idxs name different attention layers");
  }
  return layers;
}

/// The adjustment of the reference model: two thirds, times the multiplier, rounded up. A null
/// multiplier skips the rounding as well; the rounding sits inside that branch upstream.
int64_t ReadFeedForwardSize(const nlohmann::json& root, const formats::JsonReader& reader) {
  const std::optional<int64_t> block = reader.OptionalInt("block_ff_dim", 1, kMaxFeedForward);
  int64_t width = block ? *block : reader.Int("intermediate_size", 1, kMaxFeedForward);
  if (!reader.OptionalBool("block_auto_adjust_ff_dim").value_or(true)) return width;
  width = 2 * width / 3;
  // The config class's default is 1.0, which an absent key means and an explicit null does not.
  const auto found = root.find("block_ffn_dim_multiplier");
  if (found == root.end() || !found->is_null()) {
    const double multiplier =
        reader.OptionalNumber("block_ffn_dim_multiplier", 1e-3, 1e3).value_or(1.0);
    const int64_t multiple =
        reader.OptionalInt("block_multiple_of", 1, kMaxFeedForward).value_or(256);
    width = static_cast<int64_t>(multiplier * static_cast<double>(width));
    width = (width + multiple - 1) / multiple * multiple;
  }
  if (width < 1 || width > kMaxFeedForward) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": effective feed-forward width ", width,
         ", expected 1 to ", kMaxFeedForward);
  }
  return width;
}

/// Only the default RoPE exists in LFM2; a scaling rule we ignored would make silent noise.
void RequirePlainRope(const formats::JsonReader& reader, std::string_view key) {
  const nlohmann::json* rope = reader.Find(key);
  if (rope == nullptr) return;
  const formats::JsonReader nested(*rope, StrCat(reader.source(), ": ", key));
  for (std::string_view name : {"rope_type", "type"}) {
    const std::string type = nested.OptionalString(name).value_or("default");
    if (type != "default") {
      Fail(ErrorCode::kUnsupported, nested.source(), ": ", name, " is ", Quoted(type),
           ", expected 'default'");
    }
  }
}

/// The official stack (transformers 4.56) prefers `theta` to `rope_theta` and does not know
/// `rope_parameters`; 5.24 does not know `theta` and prefers `rope_parameters`, the only one that
/// it writes. Ours is the order of 4.56, with the newer key behind it.
void ReadRopeTheta(const formats::JsonReader& reader, LmConfig& config) {
  constexpr double kMinTheta = 1.0, kMaxTheta = 1e12, kDefaultTheta = 1e6;
  RequirePlainRope(reader, "rope_parameters");
  RequirePlainRope(reader, "rope_scaling");
  const auto theta = reader.OptionalNumber("theta", kMinTheta, kMaxTheta);
  const auto rope_theta = reader.OptionalNumber("rope_theta", kMinTheta, kMaxTheta);
  std::optional<double> nested;
  if (const nlohmann::json* rope = reader.Find("rope_parameters")) {
    nested = formats::JsonReader(*rope, StrCat(reader.source(), ": rope_parameters"))
                 .OptionalNumber("rope_theta", kMinTheta, kMaxTheta);
  }
  const double older = theta.value_or(rope_theta.value_or(kDefaultTheta));
  const double newer = nested.value_or(rope_theta.value_or(kDefaultTheta));
  config.rope_theta = theta || rope_theta ? older : newer;
  if (older != newer) {
    config.warnings.push_back(
        StrCat(reader.source(), ": rope_theta is ", older, " to transformers 4.56 and ", newer,
               " to 5.24 (theta, rope_theta, rope_parameters), taken is ", config.rope_theta));
  }
}

}  // namespace

void ReadLfm2Keys(const nlohmann::json& root, const formats::JsonReader& reader, LmConfig& config) {
  config.vocab_size = reader.Int("vocab_size", 1, kMaxVocab);
  config.hidden_size = Present(
      reader, "hidden_size",
      AgreeingInt(reader, {"hidden_size", "block_dim", "conv_dim", "conv_dim_out"}, 1, kMaxHidden));
  config.num_attention_heads =
      Present(reader, "num_attention_heads",
              AgreeingInt(reader, {"num_attention_heads", "num_heads"}, 1, kMaxHidden));
  config.num_key_value_heads = reader.Int("num_key_value_heads", 1, kMaxHidden);
  if (config.hidden_size % config.num_attention_heads != 0 ||
      config.num_attention_heads % config.num_key_value_heads != 0) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": hidden_size ", config.hidden_size,
         ", num_attention_heads ", config.num_attention_heads, ", num_key_value_heads ",
         config.num_key_value_heads, ", expected each to divide the one before");
  }
  config.head_dim = config.hidden_size / config.num_attention_heads;
  const int64_t stated_head_dim =
      reader.OptionalInt("head_dim", 1, kMaxHidden).value_or(config.head_dim);
  if (stated_head_dim != config.head_dim || config.head_dim % 2 != 0) {
    Fail(ErrorCode::kUnsupported, reader.source(), ": head_dim ", stated_head_dim,
         ", expected hidden_size / num_attention_heads = ", config.head_dim, ", and even");
  }
  config.layer_types = ReadLayers(reader);
  config.feed_forward_size = ReadFeedForwardSize(root, reader);
  config.conv_L_cache = reader.OptionalInt("conv_L_cache", 1, 64).value_or(3);
  config.conv_bias = reader.OptionalBool("conv_bias").value_or(false);
  const auto epsilon = [&](std::string_view key) { return reader.OptionalNumber(key, 0.0, 1.0); };
  config.norm_eps =
      static_cast<float>(Agreeing(reader, {"norm_eps", "block_norm_eps"}, epsilon).value_or(1e-5));
  ReadRopeTheta(reader, config);
  config.max_position_embeddings =
      reader.OptionalInt("max_position_embeddings", 1, kMaxPositions).value_or(128000);
  const auto boolean = [&](std::string_view key) { return reader.OptionalBool(key); };
  config.tie_word_embeddings =
      Agreeing(reader, {"tie_word_embeddings", "tie_embedding"}, boolean).value_or(true);
  config.dtype = reader.OptionalString(reader.Has("dtype") ? "dtype" : "torch_dtype").value_or("");
  if (!reader.OptionalBool("block_use_swiglu").value_or(true)) {
    Fail(ErrorCode::kUnsupported, reader.source(), ": block_use_swiglu is false, expected true");
  }
  RequireSmallMatrix(reader, "embedding", config.vocab_size, config.hidden_size);
  RequireSmallMatrix(reader, "feed-forward matrix", config.feed_forward_size, config.hidden_size);
}

}  // namespace kani::model
