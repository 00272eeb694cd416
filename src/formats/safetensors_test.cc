#include "formats/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <limits>

#include "base/atomic_file.h"
#include "base/error.h"

namespace kani::formats {
namespace {

std::vector<std::byte> File(std::string header, size_t data_bytes) {
  const uint64_t size = header.size();
  std::vector<std::byte> out(8 + header.size() + data_bytes);
  std::memcpy(out.data(), &size, 8);
  std::memcpy(out.data() + 8, header.data(), header.size());
  return out;
}

std::string Failure(const std::string& header, size_t data_bytes = 16) {
  const std::vector<std::byte> file = File(header, data_bytes);
  try {
    ParseSafetensors(file, "x.safetensors");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(SafetensorsTest, ReadsBackWhatItWrote) {
  const auto path = std::filesystem::path(testing::TempDir()) / "round_trip.safetensors";
  const std::vector<float> values{1.5f, -2.0f, 3.25f, 0.0f, 5.0f, 6.0f};
  const std::vector<NamedTensor> written{FloatTensor("a", {2, 3}, values),
                                         IntTensor("b", {}, std::vector<int64_t>{7})};
  WriteSafetensors(path, written, {{"format", "pt"}});
  const auto store = OpenSafetensors(path);
  EXPECT_EQ(store->Get("a", Shape{2, 3}).Floats(), values);
  EXPECT_EQ(store->Get("b", Shape{}).Ints(), std::vector<int64_t>{7});
  EXPECT_EQ(store->tensors().size(), 2u);
  ASSERT_EQ(store->metadata().size(), 1u);
  EXPECT_EQ(store->metadata().at("format"), "pt");
  std::filesystem::remove(path);
}

TEST(SafetensorsTest, NamesWhatIsWrong) {
  EXPECT_NE(Failure(R"({"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}})").find("outside"),
            std::string::npos);
  EXPECT_NE(Failure(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,16]}})")
                .find("needs 12 bytes, found 16"),
            std::string::npos);
  EXPECT_NE(Failure(R"({"a":{"dtype":"C64","shape":[2],"data_offsets":[0,16]}})").find("C64"),
            std::string::npos);
  EXPECT_NE(
      Failure(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}})")
          .find("impossible"),
      std::string::npos);
  EXPECT_NE(
      Failure(R"({"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}})").find("impossible"),
      std::string::npos);
  EXPECT_NE(Failure("[1,2]").find("expected a JSON object"), std::string::npos);
  EXPECT_NE(Failure(std::string(100, '[')).find("deeper"), std::string::npos);
}

TEST(SafetensorsTest, ReadsShardsByTheirIndexAndMissesNoTensor) {
  const auto folder = std::filesystem::path(testing::TempDir()) / "kani_sharded_test";
  std::filesystem::create_directories(folder);
  const std::vector<NamedTensor> a{IntTensor("a", {}, std::vector<int64_t>{1})};
  const std::vector<NamedTensor> b{IntTensor("b", {}, std::vector<int64_t>{2})};
  WriteSafetensors(folder / "1.safetensors", a);
  WriteSafetensors(folder / "2.safetensors", b);
  const auto write_index = [&](std::string_view map) {
    const std::string text = StrCat(R"({"metadata": {}, "weight_map": )", map, "}");
    WriteFileAtomically(folder / "model.safetensors.index.json", std::as_bytes(std::span(text)));
  };
  write_index(R"({"a": "1.safetensors", "b": "2.safetensors"})");
  const auto store = OpenSafetensors(folder);
  EXPECT_EQ(store->Get("a", Shape{}).Ints(), std::vector<int64_t>{1});
  EXPECT_EQ(store->Get("b", Shape{}).Ints(), std::vector<int64_t>{2});
  write_index(R"({"a": "1.safetensors", "c": "2.safetensors"})");
  EXPECT_THROW(OpenSafetensors(folder), Error);
  write_index(R"({"a": "1.safetensors", "b": "3.safetensors"})");
  EXPECT_THROW(OpenSafetensors(folder), Error);
  std::filesystem::remove_all(folder);
}

TEST(SafetensorsTest, RefusesAnIndexThatLeavesItsFolder) {
  const auto failure = [](std::string_view map) -> std::string {
    try {
      ParseSafetensorsIndex(StrCat(R"({"weight_map": )", map, "}"), "index");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(failure(R"({"a": "b"})"), "accepted");
  for (const char* name : {"", ".", "..", "../a", "/etc/passwd", "a/b", R"(a\u0000b)"}) {
    EXPECT_NE(failure(StrCat(R"({"a": ")", name, R"("})")).find("is not a plain file name"),
              std::string::npos)
        << name;
  }
  EXPECT_EQ(failure(R"({"a": 1})"), "index: weight_map: key 'a': expected a string, found '1'");
  EXPECT_EQ(failure("[]"), "index: key 'weight_map': expected an object, found '[]'");
  std::string many;
  for (int i = 0; i < 1001; ++i) many += StrCat(i == 0 ? "" : ",", '"', i, R"(":")", i, '"');
  EXPECT_EQ(failure("{" + many + "}"), "index: 1001 shards, expected at most 1000");
}

TEST(SafetensorsTest, GetNamesTensorExpectedAndFound) {
  const auto file = File(R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 16);
  const auto store = ParseSafetensors(file, "m");
  try {
    store->Get("w", Shape{2, 3});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "m: tensor 'w': shape [2, 2], expected [2, 3]");
  }
  EXPECT_THROW(store->Get("v", Shape{1}), Error);
  EXPECT_NO_THROW(store->Get("w", Shape{-1, 2}));
}

// safetensors 0.8.0 writes float64 arrays as F64.
TEST(SafetensorsTest, DoublesBecomeFloats) {
  std::vector<std::byte> file = File(
      R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},"b":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}})",
      20);
  const double doubles[] = {0.6, 1e300};
  std::memcpy(file.data() + file.size() - 20, doubles, 16);
  const auto store = ParseSafetensors(file, "m");
  const std::vector<float> expected{0.6f, std::numeric_limits<float>::infinity()};
  EXPECT_EQ(store->Get("a", Shape{2}).Floats(), expected);
  EXPECT_EQ(store->Get("b", Shape{1}).Floats(), std::vector<float>{0});
  EXPECT_NE(Failure(R"({"a":{"dtype":"F64","shape":[2],"data_offsets":[0,16]},)"
                    R"("b":{"dtype":"F64","shape":[1],"data_offsets":[8,16]}})")
                .find("'b': shares its bytes"),
            std::string::npos);
}

TEST(SafetensorsTest, NamesWhatLiesInThePlaceOfWeights) {
  const auto failure = [](std::string_view text) -> std::string {
    try {
      ParseSafetensors(std::as_bytes(std::span(text)), "m");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      return error.what();
    }
    return "accepted";
  };
  const auto has = [&](std::string_view text, std::string_view part) {
    EXPECT_NE(failure(text).find(part), std::string::npos) << failure(text);
  };
  has("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "git lfs pull");
  has("", "is empty");
  has("<!DOCTYPE html><html>", "is a web page in the place of the file");
  has("\xEF\xBB\xBF\n <HTML lang=en>", "is a web page");
  has("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>", "is a web page");
  has("Entry not found", "but is text ('Entry not found')");
  has("{\"error\":\"Repository not found\"}", "but is text");
  has("GGUF\x03", "but is a GGUF file");
  has("PK\x03\x04 and so on", "but is a zip archive, as torch.save and numpy.savez write");
  has(std::string(100, '\0'), "begins with zeros");
  has("\x01", "1 bytes, expected a safetensors file");
  std::vector<std::byte> whole =
      File(R"({"w":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}})", 16);
  const auto cut = [&](size_t size) {
    return failure({reinterpret_cast<const char*>(whole.data()), size});
  };
  EXPECT_EQ(cut(whole.size() - 1),
            "m: tensor 'w': lies outside the 15 bytes of data; the download or copy was cut short, "
            "fetch it again");
  EXPECT_NE(cut(30).find(" bytes in a file of 30; the download"), std::string::npos);
}

}  // namespace
}  // namespace kani::formats
