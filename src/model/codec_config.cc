// YAML of a NanoCodec. Unknown keys (training, losses, discriminator) are ignored; a key that would
// change the sound must have NanoCodec's value.
#include "model/codec_config.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "formats/yaml.h"
#include "formats/yaml_section.h"

namespace kani::model {
namespace {

using formats::YamlSection;

YamlSection Child(YamlSection& section, const std::string& key) {
  section.Require(key);
  return *section.Child(key);
}

int64_t Int(YamlSection& section, const std::string& key, int64_t low, int64_t high) {
  section.Require(key);
  int64_t value = 0;
  section.Read(key, value, low, high);
  return value;
}

std::vector<int64_t> Ints(YamlSection& section, const std::string& key, size_t max_count,
                          int64_t low, int64_t high) {
  section.Require(key);
  std::vector<int64_t> values;
  section.Read(key, values, max_count, low, high);
  return values;
}

/// Throws kUnsupported unless the key, or its class default where absent, has this value.
void Expect(YamlSection& section, const std::string& key, std::string_view expected,
            std::string_view class_default) {
  std::string found(class_default);
  section.Read(key, found);
  if (found != expected) {
    Fail(ErrorCode::kUnsupported, section.source(), ": ", key, " is ", Quoted(found), ", expected ",
         Quoted(expected));
  }
}

void ExpectTrue(YamlSection& section, const std::string& key) {
  bool value = true;
  section.Read(key, value);
  if (!value) {
    Fail(ErrorCode::kUnsupported, section.source(), ": ", key, " is false, expected true");
  }
}

/// Throws kUnsupported unless `_target_` names this class, in whatever Python module.
void ExpectClass(YamlSection& section, std::string_view name) {
  section.Require("_target_");
  std::string target;
  section.Read("_target_", target);
  if (target.substr(target.rfind('.') + 1) != name) {  // npos + 1 is 0
    Fail(ErrorCode::kUnsupported, section.source(), ": _target_ is ", Quoted(target), ", expected ",
         name);
  }
}

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

CodecEncoderConfig ReadEncoder(YamlSection& section) {
  ExpectClass(section, "HiFiGANEncoder");
  Expect(section, "activation", "lrelu", "lrelu");
  Expect(section, "pad_mode", "replicate", "reflect");
  CodecEncoderConfig encoder;
  encoder.down_sample_rates = Ints(section, "down_sample_rates", kMaxStages, 1, kMaxRate);
  encoder.encoded_dim = Int(section, "encoded_dim", 1, 1024);
  encoder.base_channels = Int(section, "base_channels", 1, kMaxChannels);
  section.Read("resblock_kernel_sizes", encoder.resblock_kernel_sizes, 8, 1, 63);
  section.Read("resblock_dilation_sizes", encoder.resblock_dilation_sizes, 8, 1, 64);
  section.Read("in_kernel_size", encoder.in_kernel_size, 1, 63);
  section.Read("out_kernel_size", encoder.out_kernel_size, 1, 63);
  // Each stage doubles the channels.
  if (encoder.base_channels << encoder.down_sample_rates.size() > kMaxChannels) {
    Fail(ErrorCode::kInvalidFile, section.source(), ": base_channels ", encoder.base_channels,
         " doubled ", encoder.down_sample_rates.size(), " times, expected at most ", kMaxChannels);
  }
  return encoder;
}

CodecDecoderConfig ReadDecoder(YamlSection& section) {
  ExpectClass(section, "CausalHiFiGANDecoder");
  Expect(section, "activation", "half_snake", "lrelu");
  Expect(section, "output_activation", "clamp", "tanh");
  Expect(section, "pad_mode", "zeros", "zeros");
  ExpectTrue(section, "n_groups_equal_to_out_channels");
  CodecDecoderConfig decoder;
  decoder.up_sample_rates = Ints(section, "up_sample_rates", kMaxStages, 1, kMaxRate);
  decoder.input_dim = Int(section, "input_dim", 1, 1024);
  decoder.base_channels = Int(section, "base_channels", 1, kMaxChannels);
  section.Read("resblock_kernel_sizes", decoder.resblock_kernel_sizes, 8, 1, 63);
  section.Read("resblock_dilation_sizes", decoder.resblock_dilation_sizes, 8, 1, 64);
  section.Read("in_kernel_size", decoder.in_kernel_size, 1, 63);
  section.Read("out_kernel_size", decoder.out_kernel_size, 1, 63);
  // Each stage halves the channels, and half-snake needs two of them.
  if (decoder.base_channels % (int64_t{1} << decoder.up_sample_rates.size()) != 0 ||
      decoder.base_channels >> decoder.up_sample_rates.size() < 2) {
    Fail(ErrorCode::kInvalidFile, section.source(), ": base_channels ", decoder.base_channels,
         " cannot be halved ", decoder.up_sample_rates.size(), " times with 2 channels left");
  }
  return decoder;
}

}  // namespace

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

CodecConfig ParseCodecConfig(std::string_view yaml, std::string source) {
  YamlSection root(formats::ParseYaml(yaml, source), source);
  std::optional<YamlSection> model = root.Child("model");
  YamlSection& section = model ? *model : root;
  CodecConfig config;
  config.sample_rate_hz = Int(section, "sample_rate", 1000, 192000);
  config.samples_per_frame = Int(section, "samples_per_frame", 1, kMaxSamplesPerFrame);
  YamlSection encoder = Child(section, "audio_encoder");
  config.encoder = ReadEncoder(encoder);
  YamlSection decoder = Child(section, "audio_decoder");
  config.decoder = ReadDecoder(decoder);
  YamlSection quantizer = Child(section, "vector_quantizer");
  ExpectClass(quantizer, "GroupFiniteScalarQuantizer");
  config.num_groups = Int(quantizer, "num_groups", 1, 64);
  config.num_levels_per_group = Ints(quantizer, "num_levels_per_group", 16, 2, 4096);
  RequireConsistent(config, section.source());
  return config;
}

}  // namespace kani::model
