#include "train/tokenizer/tokenizer_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <regex>

#include "train/tokenizer/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

void ExpectEqual(const model::TokenizerFile& a, const model::TokenizerFile& b) {
  EXPECT_EQ(a.vocab, b.vocab);
  EXPECT_EQ(a.merges, b.merges);
  EXPECT_EQ(a.merged, b.merged);
  EXPECT_EQ(a.pattern, b.pattern);
  EXPECT_EQ(a.ignore_merges, b.ignore_merges);
  EXPECT_EQ(a.prefix_ids, b.prefix_ids);
  ExpectEqualTokens(a.added_tokens, b.added_tokens);
}

TEST(TokenizerWriterTest, WhatIsWrittenIsReadBackEqual) {
  const model::TokenizerFile learned = TrainOn(TaggedSentences(), {.vocab_size = 600});
  ExpectEqual(model::ParseTokenizerFile(TokenizerJson(learned), "written"), learned);
  for (const char* name : {"merges_as_pairs", "ignore_merges", "added_token_flags"}) {
    const model::TokenizerFile file = model::LoadTokenizerFile(
        fs::path(KANI_TEST_DATA) / "golden/tokenizer" / name / "tokenizer.json");
    ExpectEqual(model::ParseTokenizerFile(TokenizerJson(file), "written"), file);
  }
}

TEST(TokenizerWriterTest, TheBytesOfAFileAreThese) {
  const model::TokenizerFile file{.vocab = {"<s>", "a", "\"", "a\""},
                                  .merges = {{1, 2}},
                                  .merged = {3},
                                  .added_tokens = {{.id = 4, .content = "<ñ>", .normalized = true}},
                                  .pattern = R"(\s+)",
                                  .prefix_ids = {0}};
  const std::string json = TokenizerJson(file);
  EXPECT_EQ(json.substr(0, 19), "{\n \"version\": \"1.0\"");
  EXPECT_TRUE(json.ends_with("\"a \\\"\"\n  ]\n }\n}\n"));
  const std::string one_line = std::regex_replace(json, std::regex("\n *"), "");
  EXPECT_EQ(
      one_line,
      R"({"version": "1.0","truncation": null,"padding": null,)"
      R"("added_tokens": [{"id": 4,"content": "<ñ>","single_word": false,"lstrip": false,)"
      R"("rstrip": false,"normalized": true,"special": false}],"normalizer": null,)"
      R"("pre_tokenizer": {"type": "Sequence","pretokenizers": [{"type": "Split",)"
      R"("pattern": {"Regex": "\\s+"},"behavior": "Isolated","invert": false},)"
      R"({"type": "ByteLevel","add_prefix_space": false,"trim_offsets": true,)"
      R"("use_regex": false}]},"post_processor": {"type": "Sequence","processors": [)"
      R"({"type": "ByteLevel","add_prefix_space": true,"trim_offsets": true,"use_regex": true},)"
      R"({"type": "TemplateProcessing","single": [{"SpecialToken": {"id": "<s>","type_id": 0}},)"
      R"({"Sequence": {"id": "A","type_id": 0}}],"pair": [)"
      R"({"SpecialToken": {"id": "<s>","type_id": 0}},{"Sequence": {"id": "A","type_id": 0}},)"
      R"({"SpecialToken": {"id": "<s>","type_id": 1}},{"Sequence": {"id": "B","type_id": 1}}],)"
      R"("special_tokens": {"<s>": {"id": "<s>","ids": [0],"tokens": ["<s>"]}}}]},)"
      R"("decoder": {"type": "ByteLevel","add_prefix_space": true,"trim_offsets": true,)"
      R"("use_regex": true},"model": {"type": "BPE","dropout": null,"unk_token": null,)"
      R"("continuing_subword_prefix": null,"end_of_word_suffix": null,"fuse_unk": false,)"
      R"("byte_fallback": false,"ignore_merges": false,)"
      R"("vocab": {"<s>": 0,"a": 1,"\"": 2,"a\"": 3},"merges": ["a \""]}})");
}

class FolderTest : public testing::Test {
 protected:
  FolderTest() { fs::create_directory(folder_); }
  ~FolderTest() override { fs::remove_all(folder_); }
  const fs::path folder_ = fs::path(testing::TempDir()) / "tokenizer_writer_test";
};

TEST_F(FolderTest, TheConfigNamesTheTokensAroundAText) {
  WriteTokenizer(folder_, TrainOn(TaggedSentences(), {}));
  EXPECT_EQ(model::LoadTokenizerFile(folder_ / "tokenizer.json").size(), 16'650);
  const auto config =
      nlohmann::json::parse(ReadTextFile(folder_ / "tokenizer_config.json", 1 << 10));
  const auto theirs = nlohmann::json::parse(
      ReadTextFile(fs::path(KANI_MODELS) / "mini/lm/tokenizer_config.json", 1 << 10));
  for (const auto& [key, value] : config.items()) EXPECT_EQ(value, theirs.at(key)) << key;
  EXPECT_EQ(config.size() + 1, theirs.size()) << "all but model_max_length, which is infinite";
}

TEST_F(FolderTest, AFileThatNobodyCouldLoadReplacesNothing) {
  model::TokenizerFile file = TrainOn(TaggedSentences(), {});
  WriteTokenizer(folder_, file);
  const std::string before = ReadTextFile(folder_ / "tokenizer.json", 8 << 20);
  file.vocab.back() = file.vocab.front();
  EXPECT_NE(Failure([&] { WriteTokenizer(folder_, file); }).find("occurs twice"),
            std::string::npos);
  EXPECT_EQ(ReadTextFile(folder_ / "tokenizer.json", 8 << 20), before);
}

}  // namespace
}  // namespace kani::train
