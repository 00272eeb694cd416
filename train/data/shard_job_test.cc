#include "train/data/shard_job.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/error.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

ErrorCode CodeOf(const auto& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::kInternal;
}

TEST(ShardJobTest, GivesEveryInputToOneShard) {
  ShardJob job{.folder = "corpus", .name = "es", .shards = 3};
  for (int64_t input = 0; input < 10; ++input) {
    int owners = 0;
    for (job.shard = 0; job.shard < 3; ++job.shard) owners += job.Owns(input) ? 1 : 0;
    EXPECT_EQ(owners, 1);
  }
  job.shard = 2;
  EXPECT_EQ(job.ShardPath(), "corpus/es-00002-of-00003.safetensors");
  EXPECT_EQ(job.ReportPath(), "corpus/es-00002-of-00003.report.json");
}

TEST(ShardJobTest, IsFinishedWhenReportAndShardAreThere) {
  const TestFolder folder;
  const ShardJob job{.folder = folder.path(), .shard = 1, .shards = 2};
  EXPECT_EQ(FinishedReport(job, "inputs"), std::nullopt);
  const ImportReport report{.inputs = "inputs",
                            .clips = 3,
                            .seconds = 4.5,
                            .without_voice = 1,
                            .dropped = {{DropReason::kTooLong, "a.wav", "a", "50 s"},
                                        {DropReason::kSilent, "b\xFF.wav", "b", "RMS 0"}}};
  WriteReport(report, job.ReportPath());
  EXPECT_EQ(FinishedReport(job, "inputs"), std::nullopt);  // its shard is not there
  EXPECT_EQ(UnfinishedShards(job), (std::vector<int64_t>{0, 1}));
  std::ofstream(job.ShardPath()) << "bytes";
  const std::optional<ImportReport> found = FinishedReport(job, "inputs");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->Count(DropReason::kTooLong), 1);
  EXPECT_EQ(found->dropped[0], report.dropped[0]);
  EXPECT_EQ(found->dropped[1].file, "b\uFFFD.wav");  // JSON holds UTF-8 only
  EXPECT_EQ(UnfinishedShards(job), std::vector<int64_t>{0});
  EXPECT_EQ(JoinReports(job).seconds, 4.5);
}

TEST(ShardJobTest, RefusesAFolderOfOtherInputsOrAnotherCut) {
  const TestFolder folder;
  const ShardJob job{.folder = folder.path(), .shards = 2};
  WriteReport({.inputs = "some"}, job.ReportPath());
  EXPECT_EQ(CodeOf([&] { FinishedReport(job, "other"); }), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(FinishedReport(job, "some"));  // all its inputs were dropped
  std::ofstream(folder / "shard-00001-of-00004.safetensors") << "bytes";
  EXPECT_EQ(CodeOf([&] { FinishedReport(job, "some"); }), ErrorCode::kInvalidArgument);
  std::filesystem::remove(folder / "shard-00001-of-00004.safetensors");
  std::ofstream(folder / "shard-00001-of-00002.part-00001.safetensors") << "bytes";
  EXPECT_TRUE(FinishedReport(job, "some"));
  std::ofstream(folder / "shard-00001-of-00004.part-00001.safetensors") << "bytes";
  EXPECT_EQ(CodeOf([&] { FinishedReport(job, "some"); }), ErrorCode::kInvalidArgument);
  const ShardJob named{.folder = folder.path(), .name = "other", .shards = 2};
  EXPECT_EQ(FinishedReport(named, "some"), std::nullopt);
}

TEST(ShardJobTest, RefusesNumbersAndNamesThatCannotBe) {
  for (const ShardJob& job :
       {ShardJob{.shard = 2, .shards = 2}, ShardJob{.shard = -1}, ShardJob{.shards = 0},
        ShardJob{.shards = 100000}, ShardJob{.name = ""}, ShardJob{.name = "../a"}}) {
    EXPECT_EQ(CodeOf([&] { job.Check(); }), ErrorCode::kInvalidArgument);
  }
}

TEST(ShardJobTest, ReadsReportsOfBeforeCutRecordingsWereFound) {
  std::string json = R"({"kani_import_report": 1, "inputs": "a", "clips": 1, "seconds": 1,)"
                     R"( "without_voice": 0, "dropped": {)";
  for (const char* name :
       {"too long", "too short", "silent", "clipped", "unreadable", "no transcript"}) {
    json += StrCat(json.back() == '{' ? "" : ", ", "\"", name, "\": {\"files\": []}");
  }
  EXPECT_EQ(ParseReport(json + "}}", "report").clips, 1);
}

TEST(ShardJobTest, RefusesReportsThatAreNone) {
  for (const char* json :
       {"", "{}", "[]", R"({"kani_import_report": 2})",
        R"({"kani_import_report": 1, "inputs": "a", "clips": -1, "seconds": 1})",
        R"({"kani_import_report": 1, "inputs": "a", "clips": 1, "seconds": 1, "without_voice": 0,)"
        R"( "dropped": {}})"}) {
    EXPECT_EQ(CodeOf([&] { ParseReport(json, "report"); }), ErrorCode::kInvalidFile) << json;
  }
}

}  // namespace
}  // namespace kani::train
