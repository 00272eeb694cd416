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
/// @param flags the pickled dict of a lazy view, which torch.save adds only where there is one
std::string PickledTensor(std::string_view type, int64_t stored, int64_t offset,
                          const std::vector<int64_t>& shape, const std::vector<int64_t>& strides,
                          const std::string& flags = "") {
  return StrCat("ctorch._utils\n_rebuild_tensor_v2\n((", BinUnicode("storage"), "ctorch\n", type,
                "Storage\n", BinUnicode("0"), BinUnicode("cuda:0"), BinInt(stored), "tQ",
                BinInt(offset), IntTuple(shape), IntTuple(strides), "\x89)", flags, "tR");
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
  EXPECT_EQ(Values(store("Char", "\x01\xFE", 2), {2}), (std::vector<float>{1, -2}));
  EXPECT_EQ(Values(store("Byte", "\x01\xFE", 2), {2}), (std::vector<float>{1, 254}));
  EXPECT_EQ(Values(store("Bool", "\x01"s + '\0', 2), {2}), (std::vector<float>{1, 0}));
  EXPECT_EQ(Values(store("Int", Raw<int32_t>({1, -2}), 2), {2}), (std::vector<float>{1, -2}));
  EXPECT_EQ(Values(store("Long", Raw<int64_t>({1, -2}), 2), {2}), (std::vector<float>{1, -2}));
}

// torch 2.15.0 writes it for x.conj().imag, whose values are the negatives of what is stored.
TEST(TorchCheckpointTest, NegatesWhatIsFlaggedAsNegated) {
  const auto read = [](std::string_view type, const std::string& raw, const std::string& flags) {
    return Values(Checkpoint(PickledTensor(type, 4, 1, {2}, {2}, flags), raw), {2});
  };
  const std::string neg = "}" + BinUnicode("neg") + "\x88s";
  const std::vector<float> expected{-1.5f, 2.0f};
  EXPECT_EQ(read("Float", Raw<float>({9, 1.5, 9, -2}), neg), expected);
  EXPECT_EQ(read("Double", Raw<double>({9, 1.5, 9, -2}), neg), expected);
  EXPECT_EQ(read("Half", Raw<uint16_t>({0, 0x3E00, 0, 0xC000}), neg), expected);
  EXPECT_EQ(read("BFloat16", Raw<uint16_t>({0, 0x3FC0, 0, 0xC000}), neg), expected);
  const std::vector<float> stored{1.5f, -2.0f};
  EXPECT_EQ(read("Float", Raw<float>({9, 1.5, 9, -2}), "}" + BinUnicode("neg") + "\x89s"), stored);
  EXPECT_EQ(read("Float", Raw<float>({9, 1.5, 9, -2}), "N"), stored);
}

TEST(TorchCheckpointTest, RefusesFlagsThatItCannotApply) {
  const auto failure = [](std::string_view type, const std::string& flags) {
    const std::string raw = Raw<float>({1});
    return FailureOf(Checkpoint(PickledTensor(type, 1, 0, {1}, {1}, flags), raw));
  };
  EXPECT_EQ(failure("Float", "}" + BinUnicode("conj") + "\x88s"),
            "unsupported: c.pt: a tensor has the flag 'conj', expected none but 'neg' of floating "
            "point");
  EXPECT_NE(failure("Int", "}" + BinUnicode("neg") + "\x88s").find("the flag 'neg'"),
            std::string::npos);
  EXPECT_NE(failure("Float", "}" + BinUnicode("new") + "\x89s").find("the unknown flag 'new'"),
            std::string::npos);
  EXPECT_NE(failure("Float", "}" + BinUnicode("neg") + "K\x01s").find("flag and its value"),
            std::string::npos);
  EXPECT_NE(failure("Float", "K\x01").find("a dict of the tensor's flags"), std::string::npos);
  EXPECT_NE(failure("Float", "}N").find("six or seven facts"), std::string::npos);
}

// torch 2.15.0: a torch.nn.Parameter, one with an attribute, and a tensor with an attribute.
TEST(TorchCheckpointTest, AParameterIsItsTensor) {
  const std::string tensor = PickledTensor("Float", 2, 0, {2}, {1});
  const std::string raw = Raw<float>({3, 4});
  const std::string attributes = "}" + BinUnicode("tag") + BinUnicode("x") + "s";
  const std::string arguments =
      tensor.substr(tensor.find('\n', tensor.find('\n') + 1) + 1, std::string::npos);
  for (const std::string& pickle : {
           "ctorch._utils\n_rebuild_parameter\n(" + tensor + "\x88)tR",
           "ctorch._utils\n_rebuild_parameter_with_state\n(" + tensor + "\x88)" + attributes + "tR",
           "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\n"
           "Tensor\n" +
               arguments.substr(0, arguments.size() - 1) + attributes + "tR",
       }) {
    EXPECT_EQ(Values(Checkpoint(pickle, raw), {2}), (std::vector<float>{3, 4})) << pickle;
    const std::string bytes = Checkpoint("}" + BinUnicode("w") + pickle + "s", raw);
    EXPECT_EQ(ParseTorchCheckpoint(Bytes(bytes), "c")->Get("w", Shape{2}).Floats()[1], 4.0f);
  }
  EXPECT_NE(FailureOf(Checkpoint("ctorch._utils\n_rebuild_parameter\n(NtR", raw))
                .find("a parameter's tensor"),
            std::string::npos);
  EXPECT_NE(FailureOf(Checkpoint("ctorch._tensor\n_rebuild_from_type_v2\n(NNNNtR", raw))
                .find("a plain tensor with attributes"),
            std::string::npos);
}

TEST(TorchCheckpointTest, ReadsWhatStandsBesideAStateDictAndLaterProtocols) {
  const std::string raw = Raw<float>({3});
  const std::string tensor = PickledTensor("Float", 1, 0, {1}, {1});
  // {"lr": 0.1, "names": ["a", "b"], "state_dict": {"w": tensor}}
  const std::string wrapped =
      Checkpoint("}(" + BinUnicode("lr") + "G\x3F\xB9\x99\x99\x99\x99\x99\x9A" +
                     BinUnicode("names") + "](" + BinUnicode("a") + BinUnicode("b") + "e" +
                     BinUnicode("state_dict") + "}" + BinUnicode("w") + tensor + "su",
                 raw);
  EXPECT_EQ(ParseTorchCheckpoint(Bytes(wrapped), "c")->tensors().size(), 1u);
  // pickle_protocol=4: frames, short text, a memo without numbers, globals from the stack.
  const std::string protocol_4 =
      "\x80\x04\x95\x10\0\0\0\0\0\0\0"s + "}\x94\x8C\x01w\x94" + tensor + "\x94s";
  EXPECT_EQ(ParseTorchCheckpoint(Bytes(Checkpoint(protocol_4, raw)), "c")->tensors().size(), 1u);
  EXPECT_NE(FailureOf(Checkpoint("\x8C\x02os\x8C\x06system\x93", raw))
                .find("pickle global 'os.system' is not allowed"),
            std::string::npos);
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
  EXPECT_NE(FailureOf("PK\x03\x04 but no more").find("without its end; the download"),
            std::string::npos);
  EXPECT_NE(FailureOf("<!DOCTYPE html>").find("is a web page"), std::string::npos);
  EXPECT_NE(FailureOf("GGUF").find("expected a zip archive, but is a GGUF file"),
            std::string::npos);
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
