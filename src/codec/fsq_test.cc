#include "codec/fsq.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "base/error.h"
#include "formats/safetensors.h"

namespace kani::codec {
namespace {

using LevelSet = std::vector<int64_t>;

class FsqTest : public testing::TestWithParam<LevelSet> {
 protected:
  /// "9x8x8x7", as in the names of the golden files.
  std::string Tag() const {
    std::string tag;
    for (int64_t levels : GetParam()) tag += (tag.empty() ? "" : "x") + std::to_string(levels);
    return tag;
  }
  std::unique_ptr<formats::TensorStore> Golden() const {
    return formats::OpenSafetensors(std::filesystem::path(KANI_TEST_DATA) / "golden/codec/fsq" /
                                    ("levels_" + Tag() + ".safetensors"));
  }
  FiniteScalarQuantizer quantizer_{GetParam()};
};

/// Column `column` of a [D, count] tensor.
std::vector<float> Column(const std::vector<float>& values, size_t dimensions, size_t column) {
  const size_t count = values.size() / dimensions;
  std::vector<float> out(dimensions);
  for (size_t d = 0; d < dimensions; ++d) out[d] = values[d * count + column];
  return out;
}

TEST_P(FsqTest, DecodesEveryCodeAsTheOfficialCode) {
  const std::vector<float> expected = Golden()->tensors().at("all_codes").Floats();  // [D, codes]
  ASSERT_EQ(expected.size(), GetParam().size() * quantizer_.codebook_size());
  std::vector<float> latent(GetParam().size());
  for (int32_t code = 0; code < quantizer_.codebook_size(); ++code) {
    quantizer_.Decode(code, latent);
    const std::vector<float> column = Column(expected, latent.size(), static_cast<size_t>(code));
    for (size_t d = 0; d < latent.size(); ++d) ASSERT_NEAR(latent[d], column[d], 1e-6) << code;
  }
}

TEST_P(FsqTest, EncodesAroundEveryRoundingBorderAsTheOfficialCode) {
  const auto golden = Golden();
  const std::vector<float> inputs = golden->tensors().at("inputs").Floats();            // [D, N]
  const std::vector<float> dequantised = golden->tensors().at("dequantised").Floats();  // [D, N]
  const std::vector<int64_t> tokens = golden->tensors().at("tokens").Ints();            // [N]
  ASSERT_GT(tokens.size(), 200u);
  std::vector<float> latent(GetParam().size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const int32_t code = quantizer_.Encode(Column(inputs, latent.size(), i));
    ASSERT_EQ(code, tokens[i]) << i;
    quantizer_.Decode(code, latent);
    const std::vector<float> column = Column(dequantised, latent.size(), i);
    for (size_t d = 0; d < latent.size(); ++d) ASSERT_NEAR(latent[d], column[d], 1e-6) << i;
  }
}

TEST_P(FsqTest, ReencodesDecodedValuesAsTheOfficialCode) {
  const std::vector<int64_t> expected = Golden()->tensors().at("reencoded").Ints();
  ASSERT_EQ(std::ssize(expected), quantizer_.codebook_size());
  std::vector<float> latent(GetParam().size());
  for (int32_t code = 0; code < quantizer_.codebook_size(); ++code) {
    quantizer_.Decode(code, latent);
    for (float& value : latent) value = std::atanh(std::min(std::max(value, -0.95f), 0.95f));
    ASSERT_EQ(quantizer_.Encode(latent), expected[static_cast<size_t>(code)]);
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, FsqTest,
                         testing::Values(LevelSet{9, 8, 8, 7}, LevelSet{8, 7, 6, 6},
                                         LevelSet{5, 3}));

/// A latent that the quantiser maps to `code`: the inverse of its bounding curve at each level.
std::vector<float> LatentOf(const LevelSet& levels, int32_t code) {
  std::vector<float> latent;
  for (int64_t count : levels) {
    const double scale = static_cast<double>(count - 1) / 2 * (1 - 1e-3);
    const double offset = count % 2 == 0 ? 0.5 : 0;
    const double level = static_cast<double>(code % count - count / 2);
    // The outermost levels lie beyond the curve; 0.999 of its range still rounds to them.
    const double bounded = std::min(std::max((level + offset) / scale, -0.999), 0.999);
    latent.push_back(static_cast<float>(std::atanh(bounded) - std::tan(offset / scale)));
    code /= static_cast<int32_t>(count);
  }
  return latent;
}

TEST(FsqCodeTest, RoundTripsEveryCode) {
  for (const LevelSet& levels : {LevelSet{9, 8, 8, 7}, LevelSet{8, 7, 6, 6}, LevelSet{5, 3},
                                 LevelSet{2}, LevelSet{2, 2, 3}, LevelSet{16, 15}}) {
    const FiniteScalarQuantizer quantizer(levels);
    for (int32_t code = 0; code < quantizer.codebook_size(); ++code) {
      ASSERT_EQ(quantizer.Encode(LatentOf(levels, code)), code);
    }
  }
}

TEST(FsqCodeTest, RebuildsEveryCodeFromItsDecodedDigits) {
  const FiniteScalarQuantizer quantizer(LevelSet{9, 8, 8, 7});
  std::vector<float> latent(4);
  for (int32_t code = 0; code < quantizer.codebook_size(); ++code) {
    quantizer.Decode(code, latent);
    int64_t again = 0;
    for (int64_t d = 0; d < 4; ++d) {
      const int64_t half = quantizer.levels(d) / 2;
      const float digit = (latent[static_cast<size_t>(d)] + 1) * static_cast<float>(half);
      again += std::lrint(digit) * quantizer.base(d);
    }
    ASSERT_EQ(again, code);
  }
}

TEST(FsqCodeTest, EncodesTheZeroLatentAsTheMiddleCode) {
  EXPECT_EQ(FiniteScalarQuantizer(LevelSet{9, 8, 8, 7}).Encode(std::vector<float>(4)), 2056);
}

TEST(FsqCodeTest, StaysInRangeForAnyFloat) {
  const FiniteScalarQuantizer quantizer(LevelSet{9, 8, 2, 7});
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (float value : {kInfinity, -kInfinity, std::numeric_limits<float>::quiet_NaN(), 1e30f, -1e30f,
                      std::numeric_limits<float>::denorm_min()}) {
    const int32_t code = quantizer.Encode(std::vector<float>(4, value));
    EXPECT_GE(code, 0) << value;
    EXPECT_LT(code, quantizer.codebook_size()) << value;
  }
}

TEST(FsqCodeTest, RefusesLevelsThatMakeNoCodebook) {
  EXPECT_THROW(FiniteScalarQuantizer(LevelSet{9, 1}), Error);
  EXPECT_THROW(FiniteScalarQuantizer(LevelSet{0}), Error);
  EXPECT_THROW(FiniteScalarQuantizer(LevelSet{65536, 65536}), Error);
}

}  // namespace
}  // namespace kani::codec
