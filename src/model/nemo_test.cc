#include "model/nemo.h"

#include <gtest/gtest.h>

#include "formats/testing.h"

namespace kani::model {
namespace {

const std::string& GoldenBytes() {
  static const std::string bytes = ReadAll(Golden("codec/eight_codebooks_21fps/old_names.nemo"));
  return bytes;
}

/// The two members of the golden archive.
std::vector<Member> GoldenMembers(const std::string& prefix = "./") {
  const NemoArchive archive = ParseNemo(Bytes(GoldenBytes()), "golden");
  const std::string& tar = GoldenBytes();
  const auto body = [&](const std::string& name) {
    // ustar: the name stands at the start of a 512-byte block, the octal size 124 bytes on.
    const size_t header = tar.find("./" + name + '\0');
    const size_t size_bytes = std::stoul(tar.substr(header + 124, 12), nullptr, 8);
    return tar.substr(header + 512, size_bytes);
  };
  return {{prefix + "model_config.yaml", body("model_config.yaml")},
          {prefix + "model_weights.ckpt", body("model_weights.ckpt")}};
}

bool SameTensors(const formats::TensorStore& a, const formats::TensorStore& b) {
  if (a.tensors().size() != b.tensors().size()) return false;
  for (const auto& [name, view] : a.tensors()) {
    const TensorView* other = b.Find(name);
    if (other == nullptr || other->dtype != view.dtype || other->shape != view.shape ||
        !std::equal(view.bytes.begin(), view.bytes.end(), other->bytes.begin(),
                    other->bytes.end())) {
      return false;
    }
  }
  return true;
}

std::string FailureOf(const std::string& bytes) {
  return Failure([&] { ParseNemo(Bytes(bytes), "a.nemo"); });
}

TEST(NemoTest, ReadsTheGoldens) {
  const NemoArchive eight = OpenNemo(Golden("codec/eight_codebooks_21fps/old_names.nemo"));
  EXPECT_EQ(eight.config.samples_per_frame, 1024);
  EXPECT_EQ(eight.config.num_groups, 8);
  EXPECT_EQ(eight.config.codebook_size(), 2016);
  for (const char* name : {"old_names.nemo", "new_names.nemo"}) {
    const NemoArchive four = OpenNemo(Golden("codec/four_codebooks_12fps") / name);
    EXPECT_EQ(four.config.samples_per_frame, 1764);
    EXPECT_EQ(four.config.num_groups, 4);
    EXPECT_EQ(four.config.codebook_size(), 4032);
    EXPECT_EQ(four.config.decoder.base_channels, 96);
    EXPECT_EQ(four.weights->Get("vector_quantizer.fsqs.0.num_levels", Shape{1, 4, 1}).Ints(),
              (std::vector<int64_t>{9, 8, 8, 7}));
    EXPECT_EQ(four.weights->Get("audio_decoder.post_conv.conv.bias", Shape{1}).dtype, DType::kF32);
  }
}

TEST(NemoTest, TensorsOfAPlainArchiveAreViewsOfIt) {
  const auto bytes = Bytes(GoldenBytes());
  const NemoArchive archive = ParseNemo(bytes, "golden");
  for (const auto& [name, view] : archive.weights->tensors()) {
    if (view.bytes.empty()) continue;
    EXPECT_GE(view.bytes.data(), bytes.data()) << name;
    EXPECT_LE(view.bytes.data() + view.bytes.size(), bytes.data() + bytes.size()) << name;
  }
}

TEST(NemoTest, GzippedArchiveHoldsTheSameTensors) {
  const std::string zipped = MakeTarGz(GoldenMembers());
  const NemoArchive plain = ParseNemo(Bytes(GoldenBytes()), "golden");
  const NemoArchive inflated = ParseNemo(Bytes(zipped), "zipped");
  EXPECT_EQ(inflated.config.samples_per_frame, plain.config.samples_per_frame);
  EXPECT_TRUE(SameTensors(*plain.weights, *inflated.weights));
}

TEST(NemoTest, AcceptsNamesWithoutDotOtherFilesAndPaxHeaders) {
  std::vector<Member> members = GoldenMembers("");
  members.insert(
      members.begin(),
      {{"./", "", AE_IFDIR}, {"../../etc/passwd", "climbs nowhere"}, {"notes.txt", "an artifact"}});
  const std::string tar = MakeTar(members);
  EXPECT_TRUE(SameTensors(*ParseNemo(Bytes(tar), "t").weights,
                          *ParseNemo(Bytes(GoldenBytes()), "golden").weights));
}

TEST(NemoTest, RefusesOtherArchives) {
  EXPECT_NE(FailureOf("").find("invalid_file: "), std::string::npos);
  EXPECT_EQ(FailureOf("plain text, no archive at all").find("invalid_file: "), 0u);
  EXPECT_EQ(FailureOf(std::string(10240, '\0')).find("invalid_file: "), 0u);
  EXPECT_NE(FailureOf("version https://git-lfs.github.com/spec/v1\n").find("git lfs pull"),
            std::string::npos);
  EXPECT_NE(FailureOf(MakeTar({{"a", "b"}})).find("no member 'model_config.yaml'"),
            std::string::npos);
  std::vector<Member> members = GoldenMembers();
  members[1].bytes = "PK is not enough";
  EXPECT_NE(FailureOf(MakeTar(members)).find("expected a zip archive"), std::string::npos);
  members = GoldenMembers();
  members.push_back(members[0]);
  EXPECT_NE(FailureOf(MakeTar(members)).find("occurs twice"), std::string::npos);
}

TEST(NemoTest, LinksAreNotFollowed) {
  std::vector<Member> members = GoldenMembers();
  members[0] = {"./model_config.yaml", "/etc/passwd", AE_IFLNK};
  EXPECT_NE(FailureOf(MakeTar(members)).find("no member 'model_config.yaml'"), std::string::npos);
}

TEST(NemoTest, RefusesADecompressionBomb) {
  std::vector<Member> members = GoldenMembers();
  members.push_back({"zeros", std::string(64 << 20, '\0')});
  members[1].bytes = "small";
  EXPECT_EQ(FailureOf(MakeTarGz(members)).find("resource_exhausted: "), 0u);
  members.pop_back();
  members[0].bytes = std::string(64 << 20, '\0');
  EXPECT_EQ(FailureOf(MakeTarGz(members)).find("resource_exhausted: "), 0u);
  EXPECT_EQ(FailureOf(MakeTar(members)).find("resource_exhausted: "), 0u);  // YAML over 1 MiB
}

TEST(NemoTest, RefusesATruncatedArchive) {
  const std::string& whole = GoldenBytes();
  for (size_t size : {whole.size() / 2, size_t{600}, size_t{1024}, size_t{100000}}) {
    EXPECT_EQ(FailureOf(whole.substr(0, size)).find("invalid_file: "), 0u) << size;
  }
  const std::string zipped = MakeTarGz(GoldenMembers());
  EXPECT_EQ(FailureOf(zipped.substr(0, zipped.size() / 2)).find("invalid_file: "), 0u);
}

TEST(NemoTest, WrittenIsRead) {
  const NemoArchive original = OpenNemo(Golden("codec/four_codebooks_12fps/old_names.nemo"));
  std::vector<formats::NamedTensor> tensors;
  for (const auto& [name, view] : original.weights->tensors()) {
    if (view.dtype == DType::kF32) {
      tensors.push_back(formats::FloatTensor(name, view.shape, view.Floats()));
    }
  }
  const std::filesystem::path path = testing::TempDir() + "kani_written.nemo";
  const std::string yaml = R"(sample_rate: 22050
samples_per_frame: 6
audio_encoder: {_target_: HiFiGANEncoder, down_sample_rates: [2, 3], encoded_dim: 4,
                base_channels: 8, pad_mode: replicate}
audio_decoder: {_target_: CausalHiFiGANDecoder, up_sample_rates: [3, 2], input_dim: 4,
                base_channels: 16, activation: half_snake, output_activation: clamp}
vector_quantizer: {_target_: GroupFiniteScalarQuantizer, num_groups: 2,
                   num_levels_per_group: [9, 8]}
)";
  WriteNemo(path, yaml, tensors);
  const NemoArchive written = OpenNemo(path);
  EXPECT_EQ(written.config.samples_per_frame, 6);
  ASSERT_EQ(written.weights->tensors().size(), tensors.size());
  for (const formats::NamedTensor& tensor : tensors) {
    EXPECT_EQ(written.weights->Get(tensor.name, tensor.shape).Floats(),
              original.weights->Get(tensor.name, tensor.shape).Floats());
  }
  tensors[0].dtype = DType::kI64;
  EXPECT_NE(Failure([&] { WriteNemo(path, yaml, tensors); }).find("only F32"), std::string::npos);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace kani::model
