#include "train/tokenizer/tokenizer_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "train/tokenizer/testing.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

TEST(TokenizerWriterTest, WhatWasLearnedIsReadBackEqual) {
  const model::TokenizerFile learned = TrainOn(TaggedSentences(), {.vocab_size = 600});
  EXPECT_TRUE(model::ParseTokenizerFile(model::FormatTokenizerFile(learned), "written") == learned);
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
