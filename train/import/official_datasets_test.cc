#include "train/import/official_datasets.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

TEST(OfficialDatasetsTest, EachEntryIsAnImportWithItsColumnsAndLimits) {
  const TestFolder folder;
  std::ofstream(folder / "sets.yaml") << R"(max_duration_sec: 20
hf_datasets:
  - reponame: a/b
    name: clean
    text_col_name: words
    nano_layer_2: second
    speaker_emb: emb
    language_tag: es
  - reponame: c
    split: validation
    max_len: 5000
)";
  const std::vector<CodesImport> imports =
      ImportsOf(folder / "sets.yaml", {.name = "set", .shard = 1, .shards = 2});
  ASSERT_EQ(imports.size(), 2u);
  EXPECT_EQ(imports[0].jsonl, folder / "a/b/clean/train.jsonl");
  EXPECT_EQ(imports[0].options.text, "words");
  EXPECT_EQ(imports[0].options.layers[1], "second");
  EXPECT_EQ(imports[0].options.layers[3], "nano_layer_4");
  EXPECT_EQ(imports[0].options.speaker_emb, "emb");
  EXPECT_EQ(imports[0].options.language, "es");
  EXPECT_EQ(imports[0].options.source, "a/b/clean");
  EXPECT_EQ(imports[0].options.max_duration_s, 20);
  EXPECT_EQ(imports[0].options.max_rows, std::nullopt);
  EXPECT_EQ(imports[0].job.name, "set-1");
  EXPECT_EQ(imports[1].jsonl, folder / "c/validation.jsonl");
  EXPECT_EQ(imports[1].options.speaker_emb, "");
  EXPECT_EQ(imports[1].options.source, "c");
  EXPECT_EQ(imports[1].options.max_duration_s, 20);
  EXPECT_EQ(imports[1].options.max_rows, 5000);
  EXPECT_EQ(imports[1].job.name, "set-2");
  EXPECT_EQ(imports[1].job.shard, 1);
}

TEST(OfficialDatasetsTest, AFileThatListsNothingIsRefused) {
  const TestFolder folder;
  const std::filesystem::path path = folder / "sets.yaml";
  std::ofstream(path) << "hf_datasets: []";
  EXPECT_EQ(Failure([&] { ImportsOf(path, {}); }), StrCat("invalid_file: ", Quoted(path.string()),
                                                          ": key 'hf_datasets' lists no data set"));
}

}  // namespace
}  // namespace kani::train
