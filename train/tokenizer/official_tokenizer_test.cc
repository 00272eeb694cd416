// The written files in the official library, transformers.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/training/official_python.h"
#include "text/tokenizer.h"
#include "train/tokenizer/testing.h"
#include "train/tokenizer/tokenizer_writer.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kScript = R"(
import json, sys
try:
    import tokenizers, transformers
except ImportError as error:
    print(error)
    sys.exit(77)
folder = sys.argv[1]
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
texts = json.load(open(folder + "/texts.json", encoding="utf-8"))
ids = [tokenizer(text)["input_ids"] for text in texts]
json.dump({
    "versions": f"transformers {transformers.__version__}, tokenizers {tokenizers.__version__}",
    "size": len(tokenizer),
    "special": [tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id],
    "ids": ids,
    "decoded": [tokenizer.decode(i, skip_special_tokens=True) for i in ids],
}, open(folder + "/found.json", "w", encoding="utf-8"))
)";

/// Words of letters, digits and marks that came with Unicode 15 and 16: Kawi, Garay, Sunuwar,
/// Gurung Khema. Oniguruma 6.9.8 takes them for signs.
const std::vector<std::string> kNewLetters = {
    "\U00011F12\U00011F13\U00011F12 \U00011F13\U00011F12, 12\U00011F50\U00011F511",
    "x\U00010D4A\U00010D50\U00010D40\U00010D41. \U00010D4A\U00010D50",
    "\U00011BC0\U00011BF1 \U00011BC0's \U00011BF12",
    "\U00016120\U0001611E\U00016130 1 \U00016120\U0001611E",
};

/// Learned from them, each several times.
model::TokenizerFile LearnedFromNewLetters() {
  std::vector<std::string> texts = TaggedSentences();
  for (int i = 0; i < 9; ++i) texts.insert(texts.end(), kNewLetters.begin(), kNewLetters.end());
  return TrainOn(texts, {.vocab_size = 420});
}

class OfficialTokenizerTest : public OfficialPythonTest<> {
 protected:
  OfficialTokenizerTest() { fs::create_directory(folder_); }
  ~OfficialTokenizerTest() override { fs::remove_all(folder_); }
  void Write(const char* name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  void ExpectSameIds(const model::TokenizerFile& file, const std::vector<std::string>& texts) {
    WriteTokenizer(folder_, file);
    Write("texts.json", nlohmann::json(texts).dump());
    Write("encode.py", kScript);
    RunPython({folder_ / "encode.py", folder_});
    if (IsSkipped() || HasFatalFailure()) return;
    const auto found = nlohmann::json::parse(ReadTextFile(folder_ / "found.json", 8 << 20));
    RecordProperty("versions", found["versions"].get<std::string>());
    const text::Tokenizer tokenizer(file);
    EXPECT_EQ(found["size"], tokenizer.size());
    EXPECT_EQ(found["special"], nlohmann::json({0, 1, 7}));
    ASSERT_EQ(found["ids"].size(), texts.size());
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto ids = found["ids"][i].get<std::vector<int32_t>>();
      EXPECT_EQ(tokenizer.Encode(texts[i], text::AddedTokens::kTrusted), ids) << texts[i];
      EXPECT_EQ(tokenizer.Decode(ids, true), found["decoded"][i]) << texts[i];
    }
  }
  const fs::path folder_ = fs::path(testing::TempDir()) / "official_tokenizer_test";
};

TEST_F(OfficialTokenizerTest, ReadsWhatWeWriteAndGivesTheSameIds) {
  std::vector<std::string> texts = TaggedSentences();
  const auto nasty = nlohmann::json::parse(
      ReadTextFile(fs::path(KANI_TEST_DATA) / "golden/tokenizer/strings.json", 8 << 20));
  texts.insert(texts.end(), nasty.begin(), nasty.end());
  texts.insert(texts.end(), kNewLetters.begin(), kNewLetters.end());
  ExpectSameIds(TrainOn(TaggedSentences(), {.vocab_size = 600}), texts);
}

TEST_F(OfficialTokenizerTest, LearnsLettersOfUnicode16AsTheOfficialLibraryReadsThem) {
  ExpectSameIds(LearnedFromNewLetters(), kNewLetters);
}

// The ids of tokenizers 0.23.3 and transformers 5.24.0 for that tokenizer.json.
TEST(NewLettersTest, GetTheIdsThatTheOfficialLibraryGivesThem) {
  const std::vector<std::vector<int32_t>> official = {
      {1, 348, 357, 27, 236, 340, 350},
      {1, 343, 346, 29, 355},
      {1, 304, 303, 356, 324, 236, 347},
      {1, 309, 351, 236, 32, 358},
  };
  const text::Tokenizer tokenizer(LearnedFromNewLetters());
  for (size_t i = 0; i < kNewLetters.size(); ++i) {
    EXPECT_EQ(tokenizer.Encode(kNewLetters[i], text::AddedTokens::kTrusted), official[i]);
  }
}

}  // namespace
}  // namespace kani::train
