#include "apps/cli/codes_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "base/error.h"
#include "formats/safetensors.h"

namespace kani::cli {
namespace {

class CodesFileTest : public testing::Test {
 protected:
  CodesFileTest() {
    std::string pattern = testing::TempDir() + "kani_codes_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~CodesFileTest() override { std::filesystem::remove_all(folder_); }
  std::filesystem::path Path(const std::string& name) const { return folder_ / name; }
  ErrorCode Failure(const std::string& name, int64_t codebooks) const {
    try {
      LoadCodes(Path(name), codebooks);
    } catch (const Error& error) {
      return error.code();
    }
    ADD_FAILURE() << name << " was read";
    return ErrorCode::kInternal;
  }
  void WriteText(const std::string& name, std::string_view text) const {
    std::ofstream(Path(name)) << text;
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(CodesFileTest, SavedCodesAreLoaded) {
  const codec::Codes codes{.codebooks = 3, .values = {1, 2, 3, 4031, 0, 7}};
  for (const std::string name : {"a.safetensors", "a.json"}) {
    SaveCodes(codes, Path(name));
    const codec::Codes loaded = LoadCodes(Path(name), 3);
    EXPECT_EQ(loaded.codebooks, 3);
    EXPECT_EQ(loaded.values, codes.values) << name;
    EXPECT_EQ(Failure(name, 4), ErrorCode::kInvalidFile) << name;
  }
}

TEST_F(CodesFileTest, HostileCodesAreRefused) {
  for (const char* text :
       {"[]", "{}", "{\"codes\": 1}", "{\"codes\": []}", "{\"codes\": [[]]}", "{\"codes\": [[1]]}",
        "{\"codes\": [[1, 2.5]]}", "{\"codes\": [[1, -1]]}", "{\"codes\": [[1, \"2\"]]}",
        "{\"codes\": [[1, 99999999999]]}", "{\"codes\": [[1, 18446744073709551615]]}",
        "nonsense"}) {
    WriteText("bad.json", text);
    EXPECT_EQ(Failure("bad.json", 2), ErrorCode::kInvalidFile) << text;
  }
  const float floats[] = {1, 2};
  const formats::NamedTensor tensors[] = {formats::FloatTensor("codes", {1, 2}, floats)};
  formats::WriteSafetensors(Path("float.safetensors"), tensors);
  EXPECT_EQ(Failure("float.safetensors", 2), ErrorCode::kInvalidFile);
  EXPECT_EQ(Failure("none.json", 2), ErrorCode::kNotFound);
  WriteText("codes.txt", "[]");
  EXPECT_EQ(Failure("codes.txt", 2), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace kani::cli
