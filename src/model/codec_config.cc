// YAML of a NanoCodec. Unknown keys (training, losses, discriminator) are ignored; a key that would
// change the sound must have NanoCodec's value.
#include "model/codec_config.h"

#include <yaml-cpp/yaml.h>

#include <optional>
#include <utility>

#include "base/error.h"
#include "formats/yaml.h"

namespace kani::model {
namespace {

/// One mapping of the file; the YAML counterpart of JsonReader for the few types needed here.
class YamlReader {
 public:
  YamlReader(YAML::Node node, std::string source)
      : node_(std::move(node)), source_(std::move(source)) {
    if (!node_.IsMap()) Fail(ErrorCode::kInvalidFile, source_, ": expected a mapping");
  }

  YamlReader Child(const std::string& key) const {
    return YamlReader(Required(key), StrCat(source_, ": ", key));
  }
  bool Has(const std::string& key) const { return Find(key).has_value(); }
  int64_t Int(const std::string& key, int64_t low, int64_t high) const {
    return AsInt(Required(key), key, low, high);
  }
  void OptionalInt(const std::string& key, int64_t low, int64_t high, int64_t& value) const {
    if (Has(key)) value = Int(key, low, high);
  }
  std::vector<int64_t> Ints(const std::string& key, size_t max_count, int64_t low,
                            int64_t high) const {
    const YAML::Node list = Required(key);
    if (!list.IsSequence() || list.size() == 0 || list.size() > max_count) {
      Fail(ErrorCode::kInvalidFile, source_, ": key '", key, "': expected a list of 1 to ",
           max_count, " integers");
    }
    std::vector<int64_t> values;
    for (const YAML::Node& element : list) values.push_back(AsInt(element, key, low, high));
    return values;
  }
  void OptionalInts(const std::string& key, size_t max_count, int64_t low, int64_t high,
                    std::vector<int64_t>& values) const {
    if (Has(key)) values = Ints(key, max_count, low, high);
  }
  /// Throws kUnsupported unless the key, or its class default where absent, has this value.
  void Expect(const std::string& key, std::string_view expected,
              std::string_view class_default) const {
    const std::optional<YAML::Node> node = Find(key);
    const std::string found = node ? Text(*node, key) : std::string(class_default);
    if (found != expected) {
      Fail(ErrorCode::kUnsupported, source_, ": ", key, " is ", Quoted(found), ", expected '",
           expected, "'");
    }
  }
  void ExpectTrue(const std::string& key) const {
    const std::optional<YAML::Node> node = Find(key);
    bool value = true;
    if (node && (!YAML::convert<bool>::decode(*node, value) || !value)) {
      Fail(ErrorCode::kUnsupported, source_, ": ", key, " is ", Quoted(Text(*node, key)),
           ", expected true");
    }
  }
  /// Throws kUnsupported unless `_target_` names this class, in whatever Python module.
  void ExpectClass(std::string_view name) const {
    const std::string target = Text(Required("_target_"), "_target_");
    const size_t dot = target.rfind('.');
    if (std::string_view(target).substr(dot == std::string::npos ? 0 : dot + 1) != name) {
      Fail(ErrorCode::kUnsupported, source_, ": _target_ is ", Quoted(target), ", expected ", name);
    }
  }
  const std::string& source() const { return source_; }

 private:
  std::optional<YAML::Node> Find(const std::string& key) const {
    const YAML::Node value = node_[key];
    if (!value.IsDefined() || value.IsNull()) return std::nullopt;
    return value;
  }
  YAML::Node Required(const std::string& key) const {
    const std::optional<YAML::Node> value = Find(key);
    if (!value) Fail(ErrorCode::kInvalidFile, source_, ": key '", key, "' is missing");
    return *value;
  }
  std::string Text(const YAML::Node& node, const std::string& key) const {
    if (!node.IsScalar()) {
      Fail(ErrorCode::kInvalidFile, source_, ": key '", key, "': expected a scalar");
    }
    return node.Scalar();
  }
  int64_t AsInt(const YAML::Node& node, const std::string& key, int64_t low, int64_t high) const {
    int64_t value = 0;
    if (!node.IsScalar() || !YAML::convert<int64_t>::decode(node, value) || value < low ||
        value > high) {
      Fail(ErrorCode::kInvalidFile, source_, ": key '", key, "': expected an integer in [", low,
           ", ", high, "], found ", node.IsScalar() ? Quoted(node.Scalar()) : "a collection");
    }
    return value;
  }

  YAML::Node node_;
  std::string source_;
};

// NeMo's rates multiply to 1764 or 1024; the widest layer of a release has 864 channels.
constexpr size_t kMaxStages = 8;
constexpr int64_t kMaxRate = 64;
constexpr int64_t kMaxChannels = 8192;
constexpr int64_t kMaxSamplesPerFrame = 65536;
constexpr int64_t kMaxCodebookSize = 1 << 20;

/// @return the product, or 0 if it exceeds `limit`.
int64_t BoundedProduct(const std::vector<int64_t>& values, int64_t limit) {
  int64_t product = 1;
  for (int64_t value : values) {
    product *= value;
    if (product > limit) return 0;
  }
  return product;
}

CodecEncoderConfig ReadEncoder(const YamlReader& reader) {
  reader.ExpectClass("HiFiGANEncoder");
  reader.Expect("activation", "lrelu", "lrelu");
  reader.Expect("pad_mode", "replicate", "reflect");
  CodecEncoderConfig encoder;
  encoder.down_sample_rates = reader.Ints("down_sample_rates", kMaxStages, 1, kMaxRate);
  encoder.encoded_dim = reader.Int("encoded_dim", 1, 1024);
  encoder.base_channels = reader.Int("base_channels", 1, kMaxChannels);
  reader.OptionalInts("resblock_kernel_sizes", 8, 1, 63, encoder.resblock_kernel_sizes);
  reader.OptionalInts("resblock_dilation_sizes", 8, 1, 64, encoder.resblock_dilation_sizes);
  reader.OptionalInt("in_kernel_size", 1, 63, encoder.in_kernel_size);
  reader.OptionalInt("out_kernel_size", 1, 63, encoder.out_kernel_size);
  // Each stage doubles the channels.
  if (encoder.base_channels << encoder.down_sample_rates.size() > kMaxChannels) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": base_channels ", encoder.base_channels,
         " doubled ", encoder.down_sample_rates.size(), " times, expected at most ", kMaxChannels);
  }
  return encoder;
}

CodecDecoderConfig ReadDecoder(const YamlReader& reader) {
  reader.ExpectClass("CausalHiFiGANDecoder");
  reader.Expect("activation", "half_snake", "lrelu");
  reader.Expect("output_activation", "clamp", "tanh");
  reader.Expect("pad_mode", "zeros", "zeros");
  reader.ExpectTrue("n_groups_equal_to_out_channels");
  CodecDecoderConfig decoder;
  decoder.up_sample_rates = reader.Ints("up_sample_rates", kMaxStages, 1, kMaxRate);
  decoder.input_dim = reader.Int("input_dim", 1, 1024);
  decoder.base_channels = reader.Int("base_channels", 1, kMaxChannels);
  reader.OptionalInts("resblock_kernel_sizes", 8, 1, 63, decoder.resblock_kernel_sizes);
  reader.OptionalInts("resblock_dilation_sizes", 8, 1, 64, decoder.resblock_dilation_sizes);
  reader.OptionalInt("in_kernel_size", 1, 63, decoder.in_kernel_size);
  reader.OptionalInt("out_kernel_size", 1, 63, decoder.out_kernel_size);
  // Each stage halves the channels, and half-snake needs two of them.
  if (decoder.base_channels % (int64_t{1} << decoder.up_sample_rates.size()) != 0 ||
      decoder.base_channels >> decoder.up_sample_rates.size() < 2) {
    Fail(ErrorCode::kInvalidFile, reader.source(), ": base_channels ", decoder.base_channels,
         " cannot be halved ", decoder.up_sample_rates.size(), " times with 2 channels left");
  }
  return decoder;
}

void RequireConsistent(const CodecConfig& config, const std::string& source) {
  const int64_t down = BoundedProduct(config.encoder.down_sample_rates, kMaxSamplesPerFrame);
  const int64_t up = BoundedProduct(config.decoder.up_sample_rates, kMaxSamplesPerFrame);
  if (down != config.samples_per_frame || up != config.samples_per_frame) {
    Fail(ErrorCode::kInvalidFile, source, ": samples_per_frame ", config.samples_per_frame,
         ", expected the product of down_sample_rates = ", down, " and of up_sample_rates = ", up);
  }
  if (BoundedProduct(config.num_levels_per_group, kMaxCodebookSize) == 0) {
    Fail(ErrorCode::kInvalidFile, source, ": num_levels_per_group makes more than ",
         kMaxCodebookSize, " codes");
  }
  const int64_t latent =
      config.num_groups * static_cast<int64_t>(config.num_levels_per_group.size());
  if (config.encoder.encoded_dim != latent || config.decoder.input_dim != latent) {
    Fail(ErrorCode::kInvalidFile, source, ": encoded_dim ", config.encoder.encoded_dim,
         " and input_dim ", config.decoder.input_dim, ", expected num_groups * levels = ", latent);
  }
}

}  // namespace

CodecConfig ParseCodecConfig(std::string_view yaml, std::string source) {
  const YamlReader root(formats::ParseYaml(yaml, source), source);
  const YamlReader reader = root.Has("model") ? root.Child("model") : root;
  CodecConfig config;
  config.sample_rate_hz = reader.Int("sample_rate", 1000, 192000);
  config.samples_per_frame = reader.Int("samples_per_frame", 1, kMaxSamplesPerFrame);
  config.encoder = ReadEncoder(reader.Child("audio_encoder"));
  config.decoder = ReadDecoder(reader.Child("audio_decoder"));
  const YamlReader quantizer = reader.Child("vector_quantizer");
  quantizer.ExpectClass("GroupFiniteScalarQuantizer");
  config.num_groups = quantizer.Int("num_groups", 1, 64);
  config.num_levels_per_group = quantizer.Ints("num_levels_per_group", 16, 2, 4096);
  RequireConsistent(config, reader.source());
  return config;
}

}  // namespace kani::model
