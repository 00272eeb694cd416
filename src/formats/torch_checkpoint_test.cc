#include "formats/torch_checkpoint.h"

#include <gtest/gtest.h>

#include <cstring>

#include "formats/testing.h"

namespace kani::formats {
namespace {

using namespace std::string_literals;  // pickles hold zero bytes

std::string BinUnicode(std::string_view text) {
  std::string out = "X" + std::string(4, '\0') + std::string(text);
  out[1] = static_cast<char>(text.size());
  return out;
}

std::string BinInt(int64_t value) {
  std::string out = "\x8A\x08" + std::string(8, '\0');
  std::memcpy(out.data() + 2, &value, 8);
  return out;
}

std::string IntTuple(const std::vector<int64_t>& values) {
  std::string out = "(";
  for (int64_t value : values) out += BinInt(value);
  return out + "t";
}

/// The pickled form of a tensor on storage "0".
std::string PickledTensor(std::string_view type, int64_t stored, int64_t offset,
                          const std::vector<int64_t>& shape, const std::vector<int64_t>& strides) {
  return StrCat("ctorch._utils\n_rebuild_tensor_v2\n((", BinUnicode("storage"), "ctorch\n", type,
                "Storage\n", BinUnicode("0"), BinUnicode("cuda:0"), BinInt(stored), "tQ",
                BinInt(offset), IntTuple(shape), IntTuple(strides), "\x89", ")tR");
}

template <typename T>
std::string Raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

std::string Checkpoint(const std::string& pickle, const std::string& storage,
                       const std::string& byteorder = "little") {
  return MakeZip({{"m/data.pkl", "\x80\x02" + pickle + "."},
                  {"m/byteorder", byteorder},
                  {"m/data/0", storage}});
}

std::string FailureOf(const std::string& bytes) {
  return Failure([&] { ParseTorchCheckpoint(Bytes(bytes), "c.pt"); });
}

/// Values of the single tensor of a file.
std::vector<float> Values(const std::string& bytes, const Shape& shape) {
  return ParseTorchCheckpoint(Bytes(bytes), "c.pt")->Get(kSingleTensorName, shape).Floats();
}

TEST(TorchCheckpointTest, ReadsTheGoldenVoices) {
  const auto rows = OpenTorchCheckpoint(Golden("end_to_end/voice_0_1x128.pt"));
  const auto flat = OpenTorchCheckpoint(Golden("end_to_end/voice_1_128.pt"));
  ASSERT_EQ(rows->tensors().size(), 1u);
  const std::vector<float> first = rows->Get(kSingleTensorName, Shape{1, 128}).Floats();
  const std::vector<float> second = flat->Get(kSingleTensorName, Shape{128}).Floats();
  for (const std::vector<float>& voice : {first, second}) {
    double squares = 0;
    for (float value : voice) squares += static_cast<double>(value) * value;
    EXPECT_NEAR(squares, 1.0, 1e-5);
  }
  EXPECT_NE(first, second);
}

TEST(TorchCheckpointTest, ReadsEveryElementType) {
  const auto store = [](std::string_view type, const std::string& raw, int64_t count) {
    return Checkpoint(PickledTensor(type, count, 0, {count}, {1}), raw);
  };
  const std::vector<float> expected{1.0f, -2.5f};
  EXPECT_EQ(Values(store("Float", Raw<float>({1, -2.5}), 2), {2}), expected);
  EXPECT_EQ(Values(store("Double", Raw<double>({1, -2.5}), 2), {2}), expected);
  EXPECT_EQ(Values(store("Double", Raw<double>({1e300}), 1), {1}),
            std::vector<float>{std::numeric_limits<float>::infinity()});
  EXPECT_EQ(Values(store("Half", Raw<uint16_t>({0x3C00, 0xC100}), 2), {2}), expected);
  EXPECT_EQ(Values(store("BFloat16", Raw<uint16_t>({0x3F80, 0xC020}), 2), {2}), expected);
  EXPECT_EQ(Values(store("Int", Raw<int32_t>({1, -2}), 2), {2}), (std::vector<float>{1, -2}));
  EXPECT_EQ(Values(store("Long", Raw<int64_t>({1, -2}), 2), {2}), (std::vector<float>{1, -2}));
}

TEST(TorchCheckpointTest, HonoursOffsetAndStrides) {
  const std::string raw = Raw<float>({0, 1, 2, 3, 4, 5, 6});
  const auto read = [&](int64_t offset, const Shape& shape, const Shape& strides) {
    return Values(Checkpoint(PickledTensor("Float", 7, offset, shape, strides), raw), shape);
  };
  EXPECT_EQ(read(1, {2, 3}, {3, 1}), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(read(1, {3, 2}, {1, 3}), (std::vector<float>{1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(read(0, {4}, {2}), (std::vector<float>{0, 2, 4, 6}));
  EXPECT_EQ(read(6, {}, {}), (std::vector<float>{6}));
  EXPECT_EQ(read(7, {0, 5}, {5, 1}), (std::vector<float>{}));
  EXPECT_EQ(read(0, {1, 2}, {INT64_MAX, 3}), (std::vector<float>{0, 3}));
}

TEST(TorchCheckpointTest, RefusesViewsThatReachOutside) {
  const std::string raw = Raw<float>({0, 1, 2, 3});
  const auto fails = [&](int64_t offset, const Shape& shape, const Shape& strides) {
    return FailureOf(Checkpoint(PickledTensor("Float", 4, offset, shape, strides), raw))
               .find("reach outside the 4 stored elements") != std::string::npos;
  };
  EXPECT_TRUE(fails(0, {5}, {1}));
  EXPECT_TRUE(fails(1, {4}, {1}));
  EXPECT_TRUE(fails(4, {1}, {1}));
  EXPECT_TRUE(fails(5, {0}, {1}));
  EXPECT_TRUE(fails(0, {2}, {4}));
  EXPECT_TRUE(fails(0, {1000}, {0}));  // expanded
  EXPECT_TRUE(fails(0, {INT64_MAX, INT64_MAX}, {0, 0}));
  EXPECT_TRUE(fails(INT64_MAX, {2}, {INT64_MAX}));
  EXPECT_TRUE(fails(0, {3, 3}, {INT64_MAX, INT64_MAX}));
}

TEST(TorchCheckpointTest, OpensDictsAndTheStateDictWrapper) {
  const std::string tensor = PickledTensor("Float", 1, 0, {1}, {1});
  const std::string dict = "}" + BinUnicode("w") + tensor + "s";
  const std::string raw = Raw<float>({3});
  const std::string flat = Checkpoint(dict, raw);
  EXPECT_EQ(ParseTorchCheckpoint(Bytes(flat), "c")->Get("w", Shape{1}).Floats()[0], 3.0f);
  const std::string wrapped =
      Checkpoint("}(" + BinUnicode("epoch") + "K\x03" + BinUnicode("state_dict") + dict + "u", raw);
  const auto store = ParseTorchCheckpoint(Bytes(wrapped), "c");
  EXPECT_EQ(store->tensors().size(), 1u);
  EXPECT_NE(store->Find("w"), nullptr);
}

TEST(TorchCheckpointTest, ReadsCompressedEntries) {
  const std::string bytes = MakeZip({{"m/data.pkl", PickledTensor("Float", 2, 0, {2}, {1}) + "."},
                                     {"m/data/0", Raw<float>({1, 2})}},
                                    true);
  EXPECT_EQ(Values(bytes, {2}), (std::vector<float>{1, 2}));
}

TEST(TorchCheckpointTest, RefusesWhatItCannotTrust) {
  const std::string tensor = PickledTensor("Float", 2, 0, {2}, {1});
  const std::string raw = Raw<float>({1, 2});
  EXPECT_EQ(FailureOf(Checkpoint("cos\nsystem\n", raw)),
            "unsupported: c.pt: pickle global 'os.system' is not allowed");
  EXPECT_NE(FailureOf(Checkpoint(tensor, raw, "big")).find("byteorder is 'big'"),
            std::string::npos);
  EXPECT_NE(FailureOf(Checkpoint(tensor, raw + "x")).find("has 9 bytes"), std::string::npos);
  EXPECT_NE(FailureOf(Checkpoint("N", raw)).find("neither a tensor nor a dict"), std::string::npos);
  EXPECT_NE(FailureOf(Checkpoint("}" + BinUnicode("w") + "Ns", raw)).find("'w' is no tensor"),
            std::string::npos);
  EXPECT_NE(FailureOf(Checkpoint("}K\x01" + tensor + "s", raw)).find("key is no string"),
            std::string::npos);
  EXPECT_NE(FailureOf(MakeZip({{"m/data.pkl", tensor + "."}})).find("'0' is missing"),
            std::string::npos);
  EXPECT_NE(FailureOf(MakeZip({{"m/other", "x"}})).find("no member data.pkl"), std::string::npos);
  EXPECT_NE(FailureOf(MakeZip({{"a/data.pkl", "N."}, {"b/data.pkl", "N."}})).find("two pickles"),
            std::string::npos);
}

TEST(TorchCheckpointTest, RefusesOtherFiles) {
  EXPECT_EQ(FailureOf("").find("invalid_file: "), 0u);
  EXPECT_EQ(FailureOf("PK\x03\x04 but no more").find("invalid_file: "), 0u);
  EXPECT_NE(FailureOf("\x80\x02}q\x00."s).find("before 1.6"), std::string::npos);
  EXPECT_NE(FailureOf("version https://git-lfs.github.com/spec/v1\n").find("git lfs pull"),
            std::string::npos);
}

TEST(TorchCheckpointTest, RefusesBombs) {
  const std::string zeros(64 << 20, '\0');
  EXPECT_EQ(FailureOf(MakeZip({{"m/data.pkl", "N."}, {"m/data/0", zeros}}, true))
                .find("resource_exhausted: "),
            0u);
  // One storage, gathered again and again.
  const std::vector<float> storage(10000, 1.0f);
  std::string dict = "}(";
  for (int i = 0; i < 100; ++i) {
    dict += BinUnicode(std::to_string(i)) + PickledTensor("Float", 10000, 0, {100, 100}, {1, 100});
  }
  EXPECT_EQ(FailureOf(Checkpoint(dict + "u", Raw(storage))).find("resource_exhausted: "), 0u);
}

}  // namespace
}  // namespace kani::formats
