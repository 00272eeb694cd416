#include "train/cli/statistics_report.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "train/data/corpus.h"
#include "train/data/shard_builder.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

TEST(StatisticsReportTest, ReadsAsTextAndAsSvg) {
  const TestFolder folder;
  for (const auto& [file, clips] : {std::pair{"a.safetensors", TestUtterances(30, 1)},
                                    {"b.safetensors", TestUtterances(12, 2)}}) {
    ShardBuilder builder(kTestFormat);
    for (const Utterance& clip : clips) builder.Add(clip);
    builder.Write(folder / file);
  }
  WriteManifest(folder.path());
  const CorpusStatistics statistics = Statistics(Corpus(folder.path()));
  const std::string text = StatisticsText(statistics);
  EXPECT_TRUE(text.starts_with("42 clips, 0.0")) << text;
  EXPECT_NE(text.find("'es': 14 clips, "), std::string::npos) << text;
  EXPECT_NE(text.find("duration (s): mean "), std::string::npos) << text;
  const auto longest_bytes = static_cast<double>(TestUtterances(30, 1).back().text.size());
  EXPECT_EQ(statistics.histograms[1].summary.maximum, longest_bytes - 1) << "an n with tilde";
  const std::string svg = StatisticsSvg(statistics);
  const std::regex bar("<rect x=[^>]*><title>([0-9]+)</title>");
  int64_t counted = 0;
  for (std::sregex_iterator at(svg.begin(), svg.end(), bar), end; at != end; ++at) {
    counted += std::stoll((*at)[1]);
  }
  EXPECT_EQ(counted, 42 + 42 + 7);
}

}  // namespace
}  // namespace kani::train
