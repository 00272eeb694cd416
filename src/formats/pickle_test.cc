#include "formats/pickle.h"

#include <gtest/gtest.h>

#include "formats/testing.h"

namespace kani::formats {
namespace {

using namespace std::string_literals;  // pickles hold zero bytes

std::string FailureOf(const std::string& pickle) {
  return Failure([&] { ParsePickle(Bytes(pickle), "p"); });
}

TEST(PickleTest, ReadsIntegersOfEverySize) {
  for (const auto& [pickle, expected] : std::vector<std::pair<std::string, int64_t>>{
           {"K\xFF.", 255},
           {"M\x01\x02.", 513},
           {"J\xFE\xFF\xFF\xFF.", -2},
           {"\x8A\x00."s, 0},
           {"\x8A\x01\x80.", -128},
           {"\x8A\x05\x00\x00\x00\x00\x01."s, int64_t{1} << 32},
           {"\x8A\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF.", -1}}) {
    const Pickle parsed = ParsePickle(Bytes(pickle), "p");
    const auto* value = parsed.As<int64_t>(parsed.top);
    ASSERT_NE(value, nullptr);
    EXPECT_EQ(*value, expected);
  }
}

TEST(PickleTest, ReadsADictThroughTheMemo) {
  const std::string pickle = "\x80\x02}q\x00X\x01\x00\x00\x00kq\x01K\x07sh\x00(h\x01Nu."s;
  const Pickle parsed = ParsePickle(Bytes(pickle), "p");
  const auto* dict = parsed.As<PickleValue::Dict>(parsed.top);
  ASSERT_NE(dict, nullptr);
  ASSERT_EQ(dict->items.size(), 2u);
  EXPECT_EQ(*parsed.As<std::string_view>(dict->items[1].first), "k");
}

TEST(PickleTest, RefusesEveryOtherGlobalByName) {
  EXPECT_EQ(FailureOf("cos\nsystem\n(X\x02\x00\x00\x00lstR."s),
            "unsupported: p: pickle global 'os.system' is not allowed");
  EXPECT_EQ(FailureOf("cbuiltins\neval\n."),
            "unsupported: p: pickle global 'builtins.eval' is not allowed");
  EXPECT_NE(FailureOf("ctorch\nCudaStorage\n.").find("torch.CudaStorage"), std::string::npos);
}

TEST(PickleTest, RefusesEveryOtherOpcodeByName) {
  EXPECT_EQ(FailureOf("\x8F."), "unsupported: p: pickle opcode EMPTY_SET is not allowed");
  EXPECT_EQ(FailureOf("\x81"), "unsupported: p: pickle opcode NEWOBJ is not allowed");
  EXPECT_NE(FailureOf("\xFF").find("damaged pickle at byte 1"), std::string::npos);
  EXPECT_NE(FailureOf("\x80\x09").find("protocol 9"), std::string::npos);
}

TEST(PickleTest, RefusesWhatUnderflowsOrRunsOut) {
  for (const std::string& pickle : {""s,
                                    "."s,
                                    "t."s,
                                    "(."s,
                                    "s."s,
                                    "}s."s,
                                    "}(K\x01u."s,
                                    "R."s,
                                    ")R."s,
                                    "q\x00."s,
                                    "h\x00."s,
                                    "j\xFF\xFF\xFF\xFF."s,
                                    "K"s,
                                    "M\x01"s,
                                    "J\x01\x01"s,
                                    "X\xFF\xFF\xFF\xFF."s,
                                    "X\x04\x00"s,
                                    "cos"s,
                                    "cos\nsystem"s,
                                    "\x8A\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01."s,
                                    "Nb."s,
                                    "(b."s,
                                    "\x87."s,
                                    "Q."s,
                                    "NQ."s,
                                    ")Q."s,
                                    "Nr\xFF\xFF\xFF\xFF."s}) {
    EXPECT_EQ(FailureOf(pickle).find("invalid_file: p: damaged pickle"), 0u)
        << testing::PrintToString(pickle);
  }
}

TEST(PickleTest, RefusesATensorOfTheWrongParts) {
  const std::string rebuild = "ctorch._utils\n_rebuild_tensor_v2\n";
  const std::string storage =
      "(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x00\x30X\x03\x00\x00\x00\x63"
      "puK\x04tQ"s;
  const std::string tail = "\x89)tR."s;
  EXPECT_EQ(FailureOf(rebuild + "(" + storage + "K\x00K\x04\x85K\x01\x85"s + tail), "accepted");
  EXPECT_NE(FailureOf(rebuild + "(" + storage + "K\x00K\x04\x85)"s + tail).find("strides"),
            std::string::npos);
  EXPECT_NE(FailureOf(rebuild + "(" + storage + "NK\x04\x85K\x01\x85"s + tail).find("offset"),
            std::string::npos);
  EXPECT_NE(FailureOf(rebuild + "(N" + "K\x00K\x04\x85K\x01\x85"s + tail).find("storage"),
            std::string::npos);
  EXPECT_NE(FailureOf(rebuild + "(" + storage + "K\x00J\xFF\xFF\xFF\xFF\x85K\x01\x85"s + tail)
                .find("not negative"),
            std::string::npos);
}

TEST(PickleTest, SelfReferenceAndDeepNestingCostNothing) {
  EXPECT_EQ(FailureOf("}q\x00X\x01\x00\x00\x00kh\x00s."s), "accepted");
  EXPECT_EQ(FailureOf("N" + std::string(500000, '\x85') + "."), "accepted");
}

TEST(PickleTest, LimitsObjectsAndMemo) {
  EXPECT_EQ(FailureOf(std::string(2 << 20, ')')).find("resource_exhausted: "), 0u);
  std::string gets = "Nq\x00"s;
  for (int i = 0; i < (2 << 20); ++i) gets += "h\x00"s;
  EXPECT_EQ(FailureOf(gets).find("resource_exhausted: "), 0u);
}

}  // namespace
}  // namespace kani::formats
