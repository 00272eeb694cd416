#include "train/data/corpus.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "train/data/export.h"
#include "train/data/shard_builder.h"
#include "train/data/statistics.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

class CorpusTest : public testing::Test {
 protected:
  void Write(const char* file, const std::vector<Utterance>& clips,
             const CorpusFormat& format = kTestFormat) const {
    ShardBuilder builder(format);
    for (const Utterance& clip : clips) builder.Add(clip);
    builder.Write(folder_ / file);
  }
  void WriteTwoShards() const {
    Write("a.safetensors", TestUtterances(30, 1));
    Write("b.safetensors", TestUtterances(12, 2));
  }
  void Replace(const char* file, std::string_view from, std::string_view to) const {
    std::string text = ReadTextFile(folder_ / file, 1 << 20);
    text.replace(text.find(from), from.size(), to);
    WriteFileAtomically(folder_ / file, std::as_bytes(std::span(text)));
  }
  std::string Problems() const {
    std::string out;
    for (const std::string& problem : Verify(folder_.path())) out += problem + "\n";
    return out;
  }

  TestFolder folder_;
};

TEST_F(CorpusTest, IsAllShardsInOneList) {
  WriteTwoShards();
  WriteManifest(folder_.path());
  const Corpus corpus(folder_.path());
  ASSERT_EQ(corpus.size(), 42);
  EXPECT_EQ(corpus.format(), kTestFormat);
  for (const int64_t i : {0, 29, 30, 41}) {
    EXPECT_EQ(corpus.Get(i), i < 30 ? TestUtterances(30, 1)[static_cast<size_t>(i)]
                                    : TestUtterances(12, 2)[static_cast<size_t>(i - 30)]);
  }
  EXPECT_THROW(corpus.Get(42), Error);
  EXPECT_THROW(corpus.Get(-1), Error);
}

TEST_F(CorpusTest, ManifestCountsWhatIsThereAndSurvivesTheRoundTrip) {
  WriteTwoShards();
  const Manifest written = WriteManifest(folder_.path());
  EXPECT_EQ(LoadManifest(folder_.path()), written);
  EXPECT_EQ(written.total.clips, 42);
  EXPECT_EQ(written.shards[1].clips, 12);
  EXPECT_EQ(written.languages.at("es").clips, 10 + 4);
  EXPECT_EQ(written.sources.at("radio").clips, 8 + 3);
  int64_t frames = 0;
  for (const auto& [voice, tally] : written.voices) frames += tally.frames;
  EXPECT_EQ(frames, written.total.frames);
}

TEST_F(CorpusTest, NeedsAManifestAndShards) {
  EXPECT_THROW(Corpus{folder_.path()}, Error);
  EXPECT_THROW(WriteManifest(folder_.path()), Error);
  EXPECT_THROW(WriteManifest(folder_ / "nowhere"), Error);
}

TEST_F(CorpusTest, ShardsOfTwoCodecsDoNotMix) {
  CorpusFormat other = kTestFormat;
  other.codec = "another";
  Write("a.safetensors", TestUtterances(3));
  Write("b.safetensors", TestUtterances(3), other);
  EXPECT_THROW(WriteManifest(folder_.path()), Error);
}

TEST_F(CorpusTest, RefusesShardsThatAreNotWhatTheManifestSays) {
  WriteTwoShards();
  WriteManifest(folder_.path());
  Write("b.safetensors", TestUtterances(13, 2));
  EXPECT_THROW(Corpus{folder_.path()}, Error);
  WriteManifest(folder_.path());
  EXPECT_NO_THROW(Corpus{folder_.path()});
  Replace("manifest.json", "\"test-codec\"", "\"another\"");
  EXPECT_THROW(Corpus{folder_.path()}, Error);
}

TEST_F(CorpusTest, VerifyFindsNothingWrongInWhatWasWritten) {
  WriteTwoShards();
  WriteManifest(folder_.path());
  EXPECT_EQ(Problems(), "");
}

TEST_F(CorpusTest, VerifyListsEveryProblem) {
  WriteTwoShards();
  Write("c.safetensors", TestUtterances(5, 3));
  WriteManifest(folder_.path());
  Replace("a.safetensors", "words of clip", "words of clap");
  std::filesystem::remove(folder_ / "b.safetensors");
  Write("c.safetensors", TestUtterances(5, 4));
  Write("d.safetensors", TestUtterances(5, 5));
  const std::string problems = Problems();
  for (const char* expected :
       {"a.safetensors': text: checksum", "b.safetensors': No such file",
        "'c.safetensors': 5 clips", "d.safetensors': is not in the manifest"}) {
    EXPECT_NE(problems.find(expected), std::string::npos) << expected << " in\n" << problems;
  }
}

TEST_F(CorpusTest, VerifyFindsCountsThatAreNotThoseOfTheShards) {
  WriteTwoShards();
  WriteManifest(folder_.path());
  Replace("manifest.json", "\"radio\"", "\"tapes\"");
  EXPECT_NE(Problems().find("counts are not those"), std::string::npos) << Problems();
}

TEST_F(CorpusTest, AManifestCannotNameFilesElsewhere) {
  WriteTwoShards();
  WriteManifest(folder_.path());
  for (const char* name : {"\"../a\"", "\"/a\"", "\".\"", "\"\"", "\"..\""}) {
    WriteManifest(folder_.path());
    Replace("manifest.json", "\"a.safetensors\"", name);
    EXPECT_THROW(LoadManifest(folder_.path()), Error) << name;
  }
}

TEST_F(CorpusTest, AnExportThatIsStoppedLeavesNothing) {
  Write("a.safetensors", TestUtterances(3));
  WriteManifest(folder_.path());
  const Corpus corpus(folder_.path());
  int rows = 0;
  try {
    Export(corpus, folder_ / "rows.jsonl", [&] { return ++rows == 3; });
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  const std::filesystem::directory_iterator files(folder_.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 2) << "the shard and the manifest";
}

TEST_F(CorpusTest, ExportsTheColumnsOfTheOriginal) {
  std::vector<Utterance> clips = TestUtterances(2);
  clips[1].embedding.clear();
  clips[1].voice = "";
  Write("a.safetensors", clips);
  WriteManifest(folder_.path());
  Export(Corpus(folder_.path()), folder_ / "rows.jsonl");
  std::ifstream file(folder_ / "rows.jsonl");
  for (const Utterance& clip : clips) {
    std::string line;
    ASSERT_TRUE(std::getline(file, line));
    const nlohmann::json row = nlohmann::json::parse(line);
    EXPECT_EQ(row["text"], clip.text);
    EXPECT_EQ(row["encoded_len"], clip.encoded_len);
    for (size_t frame = 0; frame < clip.codes.size() / 2; ++frame) {
      EXPECT_EQ(row["nano_layer_1"][frame], clip.codes[2 * frame]);
      EXPECT_EQ(row["nano_layer_2"][frame], clip.codes[2 * frame + 1]);
    }
    EXPECT_EQ(row["nano_layer_2"].size(), clip.codes.size() / 2);
    EXPECT_EQ(row.contains("speaker"), !clip.voice.empty());
    if (clip.embedding.empty()) {
      EXPECT_FALSE(row.contains("speaker_emb"));
    } else {
      EXPECT_EQ(row["speaker_emb"].get<std::vector<float>>(), clip.embedding);
    }
  }
  std::string rest;
  EXPECT_FALSE(std::getline(file, rest));
}

TEST(StatisticsTest, QuartilesAreInterpolated) {
  const Summary summary = Summarise({4, 1, 3, 2});
  EXPECT_EQ(summary.count, 4);
  EXPECT_DOUBLE_EQ(summary.mean, 2.5);
  EXPECT_DOUBLE_EQ(summary.standard_deviation, std::sqrt(1.25));
  EXPECT_DOUBLE_EQ(summary.lower_quartile, 1.75);
  EXPECT_DOUBLE_EQ(summary.median, 2.5);
  EXPECT_DOUBLE_EQ(summary.upper_quartile, 3.25);
  EXPECT_DOUBLE_EQ(summary.minimum, 1);
  EXPECT_DOUBLE_EQ(summary.maximum, 4);
}

TEST(StatisticsTest, BinsAreRoundAndHoldEveryValue) {
  const Histogram histogram = MakeHistogram("h", "s", 0.1, {0, 0.4, 0.6, 9.9, 10});
  EXPECT_DOUBLE_EQ(histogram.width, 0.5);
  EXPECT_EQ(histogram.counts.size(), 21u);
  EXPECT_EQ(histogram.counts[0], 2);
  EXPECT_EQ(histogram.counts[1], 1);
  EXPECT_EQ(histogram.counts[19], 1);
  EXPECT_EQ(histogram.counts[20], 1);
  EXPECT_EQ(MakeHistogram("h", "clips", 1, {1, 2}).width, 1);
  EXPECT_EQ(MakeHistogram("h", "clips", 1, {}).counts.size(), 1u);
}

}  // namespace
}  // namespace kani::train
