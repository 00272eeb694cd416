#include "train/import/codes_jsonl.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/error.h"
#include "train/data/corpus.h"
#include "train/data/export.h"
#include "train/data/shard_builder.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

CodesOptions TestOptions() {
  CodesOptions options;
  options.format = kTestFormat;
  options.layers = {"nano_layer_1", "nano_layer_2"};
  return options;
}

std::string ErrorOf(std::string_view jsonl) {
  try {
    ForEachCodesRow(jsonl, "rows", TestOptions(), [](const Utterance&) {});
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
    return error.what();
  }
  return "no error";
}

std::vector<Utterance> ClipsOf(const std::filesystem::path& folder) {
  WriteManifest(folder);
  EXPECT_EQ(Verify(folder), std::vector<std::string>{});
  const Corpus corpus(folder);
  std::vector<Utterance> out;
  for (int64_t i = 0; i < corpus.size(); ++i) out.push_back(corpus.Get(i));
  return out;
}

TEST(CodesJsonlTest, ReadsTheOriginalsColumnsUnderAnyName) {
  CodesOptions options;
  options.speaker_emb = "grouped_sp_emb";
  options.language = "ky";
  options.source = "somebody/speech";
  std::string embedding = "0.5";
  for (int i = 1; i < 128; ++i) embedding += ",-1";
  std::vector<Utterance> rows;
  ForEachCodesRow(
      R"({"text": "Hi", "nano_layer_1": [1, 5], "nano_layer_2": [2, 6], "nano_layer_3": [3, 7],)"
      R"("nano_layer_4": [4031, 8], "encoded_len": 3, "language": ["not", "ours"], "id": 17, "flags": "none",)"
      R"("anything": {}, "grouped_sp_emb": [)" +
          embedding + "]}",
      "rows", options, [&](Utterance row) { rows.push_back(std::move(row)); });
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].codes, (std::vector<uint16_t>{1, 2, 3, 4031, 5, 6, 7, 8}));
  EXPECT_EQ(rows[0].encoded_len, 3);
  EXPECT_EQ(rows[0].language, "ky");
  EXPECT_EQ(rows[0].source, "somebody/speech");
  EXPECT_EQ(rows[0].id, "17");
  EXPECT_EQ(rows[0].embedding.size(), 128u);
  EXPECT_EQ(rows[0].embedding[0], 0.5f);
}

TEST(CodesJsonlTest, BringsBackWhatExportWrote) {
  const TestFolder folder;
  const std::vector<Utterance> clips = TestUtterances(50);
  ShardBuilder builder(kTestFormat);
  for (const Utterance& clip : clips) builder.Add(clip);
  builder.Write(folder / "shard.safetensors");
  WriteManifest(folder.path());
  Export(Corpus(folder.path()), folder / "rows.jsonl");
  std::filesystem::remove(folder / "shard.safetensors");

  ShardJob job{.folder = folder.path(), .name = "back", .shards = 3};
  for (job.shard = 2; job.shard >= 0; --job.shard) {
    ImportCodes(folder / "rows.jsonl", TestOptions(), job);
  }
  job.shard = 0;
  EXPECT_EQ(JoinReports(job).clips, 50);
  EXPECT_TRUE(UnfinishedShards(job).empty());
  std::vector<Utterance> expected;
  for (size_t shard = 0; shard < 3; ++shard) {
    for (size_t i = shard; i < clips.size(); i += 3) expected.push_back(clips[i]);
  }
  EXPECT_EQ(ClipsOf(folder.path()), expected);
}

TEST(CodesJsonlTest, DropsRowsWithoutTextOrCodesAndCountsThem) {
  const TestFolder folder;
  std::ofstream(folder / "rows.jsonl")
      << R"({"text": " ", "nano_layer_1": [1], "nano_layer_2": [2]})"
      << "\n"
      << R"({"text": "a", "nano_layer_1": [], "nano_layer_2": []})"
      << "\n"
      << R"({"text": "b", "nano_layer_1": [1], "nano_layer_2": [2]})"
      << "\n";
  const ShardJob job{.folder = folder.path()};
  const ImportReport report = ImportCodes(folder / "rows.jsonl", TestOptions(), job);
  EXPECT_EQ(report.clips, 1);
  EXPECT_EQ(report.without_voice, 1);
  EXPECT_DOUBLE_EQ(report.seconds, 1 / 12.5);
  EXPECT_EQ(report.Count(DropReason::kNoTranscript), 1);
  EXPECT_EQ(report.Count(DropReason::kTooShort), 1);
  EXPECT_EQ(LoadReport(job.ReportPath()), report);
  EXPECT_EQ(ClipsOf(folder.path()).at(0).id, "row-3");
  EXPECT_EQ(ClipsOf(folder.path()).at(0).source, "rows");
}

/// `count` rows of i % 3 frames each, so that a third has no codes.
std::string ManyRows(int count) {
  std::string rows;
  for (int i = 0; i < count; ++i) {
    const char* codes[] = {"[]", "[1]", "[1, 2]"};
    rows += StrCat(R"({"text": "a", "id": ")", i, R"(", "encoded_len": 2, "nano_layer_1": )",
                   codes[i % 3], R"(, "nano_layer_2": )", codes[i % 3], "}\n");
  }
  return rows;
}

/// Numbers of the rows that an import stored, in order.
std::vector<int> StoredRows(const CodesOptions& options, int64_t shards) {
  const TestFolder folder;
  std::ofstream(folder / "rows.jsonl") << ManyRows(300);
  ShardJob job{.folder = folder.path(), .shards = shards};
  for (job.shard = 0; job.shard < shards; ++job.shard) {
    ImportCodes(folder / "rows.jsonl", options, job);
  }
  std::vector<int> rows;
  for (const Utterance& clip : ClipsOf(folder.path())) rows.push_back(std::stoi(clip.id));
  std::ranges::sort(rows);
  return rows;
}

TEST(CodesJsonlTest, StoresSoManyOfTheUsableRowsHoweverTheyAreCutIntoShards) {
  CodesOptions options = TestOptions();
  EXPECT_EQ(StoredRows(options, 1).size(), 200u);
  options.max_rows = 50;
  const std::vector<int> rows = StoredRows(options, 1);
  ASSERT_EQ(rows.size(), 50u);
  for (const int row : rows) EXPECT_NE(row % 3, 0);
  // From everywhere: an even choice has 25 of each half, 17 or fewer once in a hundred times.
  const auto of_first_half = std::ranges::count_if(rows, [](int row) { return row < 150; });
  EXPECT_NEAR(static_cast<double>(of_first_half), 25, 8);
  EXPECT_EQ(StoredRows(options, 3), rows);
  options.max_rows = 1000;
  EXPECT_EQ(StoredRows(options, 1).size(), 200u);
}

TEST(CodesJsonlTest, DropsLongRowsByTheirFramesOrByWhatTheyClaim) {
  CodesOptions options = TestOptions();
  options.max_duration_s = 1.5 / options.format.frames_per_second;
  const std::vector<int> rows = StoredRows(options, 1);
  EXPECT_EQ(rows.size(), 100u);
  for (const int row : rows) EXPECT_EQ(row % 3, 1);

  options.trust_encoded_len = true;  // all rows claim two frames
  const TestFolder folder;
  std::ofstream(folder / "rows.jsonl") << ManyRows(3);
  const ImportReport report =
      ImportCodes(folder / "rows.jsonl", options, {.folder = folder.path()});
  EXPECT_EQ(report.clips, 0);
  ASSERT_EQ(report.Count(DropReason::kTooLong), 2);
  EXPECT_EQ(report.dropped[0].detail, "0.16 s");
}

TEST(CodesJsonlTest, StoppedItLeavesNothing) {
  const TestFolder folder;
  std::ofstream(folder / "rows.jsonl") << ManyRows(9);
  int rows = 0;
  try {
    ImportCodes(folder / "rows.jsonl", TestOptions(), {.folder = folder.path()},
                [&] { return ++rows == 9; });
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  const std::filesystem::directory_iterator files(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(CodesJsonlTest, NamesFileLineAndColumnOfBadRows) {
  EXPECT_EQ(ErrorOf(R"({"texts": "a", "nano_layer_1": [1], "nano_layer_2": [2]})"),
            "rows:1: column 'text' is missing; the nearest is 'texts'");
  EXPECT_EQ(ErrorOf("\n"
                    R"({"text": "a", "nano_layer_1": [1], "layer_2": [2]})"),
            "rows:2: column 'nano_layer_2' is missing; the nearest is 'layer_2'");
  EXPECT_EQ(ErrorOf("{}"), "rows:1: column 'text' is missing");
  EXPECT_EQ(ErrorOf(R"({"text": "a", "nano_layer_1": [1, 2], "nano_layer_2": [2]})"),
            "rows:1: 1 codes in 'nano_layer_2', expected 2 as in 'nano_layer_1'");
  for (const char* code : {"20", "-1", "1.0", "null", "\"1\"", "18446744073709551615"}) {
    const std::string row =
        StrCat(R"({"text": "a", "nano_layer_1": [)", code, R"(], "nano_layer_2": [2]})");
    EXPECT_NE(ErrorOf(row).find("in 'nano_layer_1', expected [0, 20)"), std::string::npos) << code;
  }
  const std::string row = R"({"text": "a", "nano_layer_1": [1], "nano_layer_2": [2], )";
  EXPECT_EQ(ErrorOf(row + R"("speaker_emb": [1, 2]})"),
            "rows:1: voice vector of 2 numbers, expected 3");
  EXPECT_EQ(ErrorOf(row + R"("speaker_emb": [1, 2, 1e300]})"),
            "rows:1: voice vector holds '1e+300', expected a finite number");
  for (const char* length : {"-1", "1e300", "99999999999", "\"1\"", "1.5"}) {
    EXPECT_NE(
        ErrorOf(StrCat(row, R"("encoded_len": )", length, "}")).find("rows:1: key 'encoded_len'"),
        std::string::npos)
        << length;
  }
  EXPECT_NE(ErrorOf(R"({"text": 5, "nano_layer_1": [1], "nano_layer_2": [2]})").find("key 'text'"),
            std::string::npos);
  EXPECT_NE(ErrorOf(R"({"text": "a", "nano_layer_1": 1, "nano_layer_2": [2]})")
                .find("key 'nano_layer_1': expected an array"),
            std::string::npos);
  EXPECT_NE(ErrorOf("{\"text\": \"a\xFF\"}").find("rows:1: not valid JSON"), std::string::npos);
  EXPECT_EQ(ErrorOf(""), "no error") << "a file without rows is one";
}

}  // namespace
}  // namespace kani::train
