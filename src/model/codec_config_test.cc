#include "model/codec_config.h"

#include <gtest/gtest.h>

#include <utility>

#include "formats/testing.h"

namespace kani::model {
namespace {

constexpr std::string_view kYaml = R"(sample_rate: 22050
samples_per_frame: 6
audio_encoder:
  _target_: nemo.somewhere.HiFiGANEncoder
  down_sample_rates: [2, 3]
  encoded_dim: 4
  base_channels: 8
  pad_mode: replicate
audio_decoder:
  _target_: nemo.somewhere.CausalHiFiGANDecoder
  up_sample_rates: [3, 2]
  input_dim: 4
  base_channels: 16
  activation: half_snake
  output_activation: clamp
vector_quantizer:
  _target_: nemo.somewhere.GroupFiniteScalarQuantizer
  num_groups: 2
  num_levels_per_group: [9, 8]
)";

std::string Replaced(std::string_view from, std::string_view to) {
  std::string yaml(kYaml);
  const size_t at = yaml.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return yaml.replace(at, from.size(), to);
}

std::string FailureWith(std::string_view from, std::string_view to) {
  return Failure([&] { ParseCodecConfig(Replaced(from, to), "y"); });
}

TEST(CodecConfigTest, ReadsEveryNumberAndKeepsTheClassDefaults) {
  const CodecConfig config = ParseCodecConfig(kYaml, "y");
  EXPECT_EQ(config.sample_rate_hz, 22050);
  EXPECT_EQ(config.samples_per_frame, 6);
  EXPECT_EQ(config.codebook_size(), 72);
  EXPECT_EQ(config.encoder.down_sample_rates, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(config.encoder.out_kernel_size, 7);
  EXPECT_EQ(config.decoder.base_channels, 16);
  EXPECT_EQ(config.decoder.out_kernel_size, 3);
  EXPECT_EQ(config.decoder.resblock_kernel_sizes, (std::vector<int64_t>{3, 7, 11}));
  const CodecConfig other = ParseCodecConfig(
      Replaced("  output_activation", "  resblock_kernel_sizes: [5]\n  output_activation"), "y");
  EXPECT_EQ(other.decoder.resblock_kernel_sizes, std::vector<int64_t>{5});
}

TEST(CodecConfigTest, OpensTheModelWrapper) {
  std::string wrapped = "model:\n";
  std::string line;
  for (char c : kYaml) {
    line += c;
    if (c != '\n') continue;
    wrapped += "  " + std::exchange(line, "");
  }
  EXPECT_EQ(ParseCodecConfig(wrapped, "y").samples_per_frame, 6);
}

TEST(CodecConfigTest, RefusesWhatWouldSoundDifferent) {
  EXPECT_EQ(FailureWith("half_snake", "snake"),
            "unsupported: y: audio_decoder: activation is 'snake', expected 'half_snake'");
  EXPECT_EQ(FailureWith("clamp", "tanh").find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("  pad_mode: replicate\n", "").find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("CausalHiFiGANDecoder", "HiFiGANDecoder").find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("GroupFinite", "Residual").find("unsupported: "), 0u);
  EXPECT_EQ(FailureWith("  output_activation",
                        "  n_groups_equal_to_out_channels: false\n  output_activation")
                .find("unsupported: "),
            0u);
}

TEST(CodecConfigTest, RefusesNumbersThatDoNotFit) {
  EXPECT_NE(FailureWith("samples_per_frame: 6", "samples_per_frame: 7").find("product"),
            std::string::npos);
  EXPECT_NE(FailureWith("num_groups: 2", "num_groups: 3").find("num_groups * levels = 6"),
            std::string::npos);
  EXPECT_NE(FailureWith("base_channels: 16", "base_channels: 18").find("halved"),
            std::string::npos);
  EXPECT_NE(FailureWith("base_channels: 16", "base_channels: 4").find("halved"), std::string::npos);
  EXPECT_NE(FailureWith("base_channels: 8", "base_channels: 8000").find("doubled"),
            std::string::npos);
  EXPECT_NE(FailureWith("[2, 3]", "[2, -3]").find("[1, 64]"), std::string::npos);
  EXPECT_NE(FailureWith("[2, 3]", "[]").find("list"), std::string::npos);
  EXPECT_NE(FailureWith("[2, 3]", "two").find("list"), std::string::npos);
  EXPECT_NE(FailureWith("22050", "99999999999999999999").find("integer"), std::string::npos);
  EXPECT_NE(FailureWith("sample_rate: 22050\n", "").find("'sample_rate' is missing"),
            std::string::npos);
}

TEST(CodecConfigTest, RefusesYamlMadeToExhaust) {
  EXPECT_NE(Failure([] { ParseCodecConfig(std::string(1000, '['), "y"); }), "accepted");
  EXPECT_NE(Failure([] { ParseCodecConfig(std::string(2 << 20, 'a'), "y"); }).find("resource"),
            std::string::npos);
  std::string many = "a: [";
  for (int i = 0; i < 110000; ++i) many += "1,";
  EXPECT_NE(Failure([&] { ParseCodecConfig(many + "1]", "y"); }).find("nodes"), std::string::npos);
  std::string aliases = "a: &a [x, x]\n";
  for (char name = 'b'; name < 'z'; ++name) {
    aliases += StrCat(name, ": &", name, " [*", char(name - 1), ", *", char(name - 1), "]\n");
  }
  EXPECT_NE(Failure([&] { ParseCodecConfig(aliases, "y"); }).find("missing"), std::string::npos);
  for (const char* yaml :
       {"", "a: b: c", "&a {x: *a}", "- 1", "\t", "%YAML 9\n--- a", "? [", "*a"}) {
    EXPECT_NE(Failure([&] { ParseCodecConfig(yaml, "y"); }), "accepted") << yaml;
  }
}

}  // namespace
}  // namespace kani::model
