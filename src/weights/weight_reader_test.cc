#include "weights/weight_reader.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/error.h"
#include "kernels/ops.h"
#include "model/random_tensors.h"

namespace kani::weights {
namespace {

using kernels::WeightFormat;

/// Numbers that bf16 holds: 1, 2, 3, ... in stored order.
formats::NamedTensor Counting(const std::string& name, const Shape& shape, DType dtype) {
  std::vector<float> values(static_cast<size_t>(ElementCount(shape)));
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i + 1);
  formats::NamedTensor tensor = formats::FloatTensor(name, shape, values);
  if (dtype != DType::kBF16) return tensor;
  std::vector<uint16_t> narrow;
  for (const float value : values) narrow.push_back(FloatToBf16(value));
  const auto bytes = std::as_bytes(std::span(narrow));
  return {name, dtype, shape, {bytes.begin(), bytes.end()}};
}

class WeightReaderTest : public testing::Test {
 protected:
  /// Row n of a matrix is what it makes of unit vectors.
  std::vector<float> Columns(const kernels::Weights& weights) {
    const int64_t inputs = weights.inputs(), outputs = weights.outputs();
    std::vector<float> units(static_cast<size_t>(inputs * inputs));
    for (int64_t i = 0; i < inputs; ++i) units[static_cast<size_t>(i * inputs + i)] = 1;
    const kernels::Buffer x(ops_->device(), units);
    kernels::Buffer y(ops_->device(), static_cast<size_t>(inputs * outputs));
    ops_->MatMul(weights, nullptr, x.data(), y.data(), inputs);
    std::vector<float> columns(y.count());
    ops_->Download(y.data(), columns);
    return columns;  // [inputs, outputs]
  }
  /// The message of the error that `read` throws.
  template <typename Read>
  std::string Refusal(const Read& read) {
    try {
      read();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      return error.what();
    }
    return "";
  }

  std::unique_ptr<kernels::Ops> ops_ = kernels::MakeOps("reference", 1);
  model::MemoryStore store_;
  WeightReader reader_{ops_->device(), store_};
};

TEST_F(WeightReaderTest, StacksMatricesInTheirOrder) {
  store_.Add(Counting("a", {2, 3}, DType::kF32));
  store_.Add(Counting("b", {1, 3}, DType::kF32));
  const TensorSpec parts[] = {{"a", {2, 3}}, {"b", {-1, 3}}};
  const auto stacked = reader_.Stack(parts, {});
  EXPECT_EQ(Columns(*stacked), (std::vector<float>{1, 4, 1, 2, 5, 2, 3, 6, 3}));
  EXPECT_EQ(reader_.bytes(), stacked->bytes());
  EXPECT_EQ(Columns(*reader_.Rows(parts[0], 1, 1, {})), (std::vector<float>{4, 5, 6}));
}

TEST_F(WeightReaderTest, NarrowsOnlyWhatIsNarrowInTheFile) {
  store_.Add(Counting("wide", {1, 2}, DType::kF32));
  store_.Add(Counting("narrow", {1, 2}, DType::kBF16));
  const TensorSpec narrow{"narrow", {1, 2}}, wide{"wide", {1, 2}};
  EXPECT_EQ(reader_.Matrix(narrow, {})->format(), WeightFormat::kBf16);
  EXPECT_EQ(reader_.Matrix(wide, {})->format(), WeightFormat::kFp32);
  EXPECT_EQ(reader_.Stack(std::array{narrow, wide}, {})->format(), WeightFormat::kFp32);
  EXPECT_EQ(reader_.Matrix(wide, WeightFormat::kInt8)->format(), WeightFormat::kInt8);
}

TEST_F(WeightReaderTest, PutsTheTapsOfAConvolutionFirst) {
  // One output of two inputs and two taps, stored [outputs, inputs, taps].
  const auto kernel = reader_.Pack(std::vector<float>{1, 2, 10, 20}, 1, 2, 2);
  const kernels::Buffer x(ops_->device(), std::vector<float>{1, 0, 0, 1});  // two rows
  kernels::Buffer y(ops_->device(), 1);
  const float zero = 0;
  const kernels::Buffer bias(ops_->device(), std::span(&zero, 1));
  ops_->Convolve({.weights = kernel.get(),
                  .bias = bias.data(),
                  .x = x.data(),
                  .x_stride = 2,
                  .y = y.data(),
                  .y_stride = 1,
                  .rows = 1});
  std::vector<float> out(1);
  ops_->Download(y.data(), out);
  EXPECT_EQ(out[0], 1.0f + 20.0f) << "tap 0 of input 0, tap 1 of input 1";
}

TEST_F(WeightReaderTest, TakesAScalarInBothShapes) {
  store_.Add(Counting("scalar", {}, DType::kF32));
  store_.Add(Counting("row", {1}, DType::kF32));
  store_.Add(Counting("pair", {2}, DType::kF32));
  EXPECT_EQ(reader_.Scalar({"scalar", {}}), 1);
  EXPECT_EQ(reader_.Scalar({"row", {}}), 1);
  EXPECT_NE(Refusal([&] { reader_.Scalar({"pair", {}}); }).find("pair"), std::string::npos);
}

TEST_F(WeightReaderTest, RefusesWhatIsMissingMisshapenDamagedOrUnknown) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  store_.Add(formats::FloatTensor("damaged", {1, 2}, {{1, nan}}));
  store_.Add(Counting("sound", {1, 2}, DType::kF32));
  const TensorSpec damaged{"damaged", {1, 2}}, other{"sound", {1, 3}}, missing{"missing", {1}};
  EXPECT_NE(Refusal([&] { reader_.Vector(damaged); }).find("not finite"), std::string::npos);
  EXPECT_NE(Refusal([&] { reader_.Matrix(damaged, {}); }).find("damaged"), std::string::npos);
  EXPECT_NE(Refusal([&] { reader_.Rows(damaged, 0, 1, {}); }).find("damaged"), std::string::npos);
  EXPECT_NE(Refusal([&] { reader_.Get(other); }).find("[1, 3]"), std::string::npos);
  EXPECT_NE(Refusal([&] { reader_.Floats(missing); }).find("missing"), std::string::npos);
  EXPECT_EQ(reader_.Find(missing), nullptr);
  EXPECT_EQ(Refusal([&] { reader_.RejectUnknown(); }), "") << "all were asked for";
  store_.Add(Counting("extra", {1}, DType::kF32));
  EXPECT_NE(Refusal([&] { reader_.RejectUnknown(); }).find("extra"), std::string::npos);
  EXPECT_EQ(Refusal([&] { reader_.RejectUnknown([](auto name) { return name == "extra"; }); }), "");
}

}  // namespace
}  // namespace kani::weights
