#include "train/observe/metrics_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <csignal>
#include <fstream>
#include <limits>

#include "base/atomic_file.h"
#include "base/error.h"
#include "train/data/testing.h"

namespace kani::train {
namespace {

class MetricsFileTest : public testing::Test {
 protected:
  std::string Text() const { return ReadTextFile(path_, 1 << 20); }
  void Write(std::string_view text) const { std::ofstream(path_, std::ios::binary) << text; }
  static std::vector<int64_t> Steps(const MetricSeries& series, const char* key) {
    std::vector<int64_t> steps;
    for (const MetricPoint& point : series.at(key)) steps.push_back(point.step);
    return steps;
  }

  TestFolder folder_;
  const std::filesystem::path path_ = folder_ / "metrics.jsonl";
};

TEST_F(MetricsFileTest, WhatIsWrittenIsReadBackToTheLastBit) {
  MetricsFile file(path_, 0, {});
  file.Add({1, {{"loss", 0.1}, {"tokens", 12345}, {"nats/text", -1e-300}}});
  file.Add({2, {{"loss", 1.0 / 3}}});
  const MetricSeries series = ReadMetrics(path_);
  ASSERT_EQ(series.size(), 3u);
  EXPECT_EQ(series.at("loss")[0].value, 0.1);
  EXPECT_EQ(series.at("loss")[1].value, 1.0 / 3);
  EXPECT_EQ(series.at("tokens")[0].value, 12345);
  EXPECT_EQ(series.at("nats/text")[0].value, -1e-300);
  EXPECT_EQ(Steps(series, "loss"), (std::vector<int64_t>{1, 2}));
}

TEST_F(MetricsFileTest, ALineIsThereAsSoonAsItWasAdded) {
  MetricsFile file(path_, 0, {});
  file.Add({7, {{"targets", 3.0}, {"loss", 0.5}}});
  EXPECT_EQ(Text(), "{\"step\":7,\"targets\":3,\"loss\":0.5}\n");
}

TEST_F(MetricsFileTest, NumbersThatAreNotFiniteAreNullAndComeBackAsNan) {
  MetricsFile file(path_, 0, {});
  file.Add({1, {{"loss", std::nan("")}, {"norm", std::numeric_limits<double>::infinity()}}});
  EXPECT_EQ(Text(), "{\"step\":1,\"loss\":null,\"norm\":null}\n");
  EXPECT_TRUE(std::isnan(ReadMetrics(path_).at("norm")[0].value));
}

TEST_F(MetricsFileTest, GoingOnDropsTheStepsThatWillBeMadeAgain) {
  {
    MetricsFile file(path_, 0, {});
    for (int64_t step = 1; step <= 6; ++step) file.Add({step, {{"loss", 10.0 - 1.0 * step}}});
  }
  MetricsFile file(path_, 4, {});
  EXPECT_EQ(Steps(ReadMetrics(path_), "loss"), (std::vector<int64_t>{1, 2, 3, 4}));
  file.Add({5, {{"loss", 50}}});
  const MetricSeries series = ReadMetrics(path_);
  EXPECT_EQ(Steps(series, "loss"), (std::vector<int64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(series.at("loss")[4].value, 50);
}

TEST_F(MetricsFileTest, BeginningAnewDropsAllSteps) {
  Write("{\"step\":1,\"loss\":3}\n");
  MetricsFile file(path_, 0, {});
  EXPECT_EQ(Text(), "");
}

TEST_F(MetricsFileTest, GoingOnDropsWhatIsNoWholeLine) {
  const std::string whole = "{\"step\":1,\"loss\":3}\n{\"step\":2,\"loss\":2,\"note\":\"kept\"}\n";
  for (const char* torn : {"{\"step\":3,\"lo", "{\"step\":2,\"loss\":2}", "nonsense\n", "{}\n"}) {
    Write(whole + torn);
    MetricsFile file(path_, 9, {});
    EXPECT_EQ(Text(), whole) << torn;
  }
}

TEST_F(MetricsFileTest, AFullDiskCostsLinesAndOneWarning) {
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {100, before.rlim_max};
  std::vector<std::string> warnings;
  MetricsFile file(path_, 0, [&](std::string_view line) { warnings.emplace_back(line); });
  setrlimit(RLIMIT_FSIZE, &small);
  for (int64_t step = 1; step <= 9; ++step) file.Add({step, {{"loss", 0.123456789}}});
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_NE(warnings[0].find(path_.string()), std::string::npos) << warnings[0];
  EXPECT_EQ(Steps(ReadMetrics(path_), "loss"), (std::vector<int64_t>{1, 2, 3}));
  file.Add({10, {{"loss", 0.5}}});
  EXPECT_EQ(Steps(ReadMetrics(path_), "loss"), (std::vector<int64_t>{1, 2, 3, 10}));
}

TEST_F(MetricsFileTest, AFolderThatIsNotThereIsAnError) {
  EXPECT_THROW(MetricsFile(folder_ / "nowhere/metrics.jsonl", 0, {}), Error);
  EXPECT_THROW(ReadMetrics(path_), Error);
}

TEST(ParseMetricsTest, LaterLinesReplaceStepsThatComeBack) {
  const MetricSeries series = ParseMetrics(
      "{\"step\":1,\"loss\":1}\n{\"step\":2,\"loss\":2}\n{\"step\":3,\"loss\":3,\"eval\":3}\n"
      "{\"step\":2,\"loss\":20}\n",
      "test");
  ASSERT_EQ(series.at("loss").size(), 2u);
  EXPECT_EQ(series.at("loss")[1].value, 20);
}

TEST(ParseMetricsTest, PassesOverMembersThatAreNoNumbers) {
  const MetricSeries series =
      ParseMetrics("{\"step\":1,\"skipped\":true,\"a\":{\"b\":1},\"c\":\"d\",\"e\":2}\n", "test");
  ASSERT_EQ(series.size(), 1u);
  EXPECT_EQ(series.at("e")[0].value, 2);
}

TEST(ParseMetricsTest, LeavesOutALineThatIsStillBeingWritten) {
  EXPECT_EQ(ParseMetrics("{\"step\":1,\"a\":1}\n{\"step\":2,\"a\":2}", "test").at("a").size(), 1u);
  EXPECT_TRUE(ParseMetrics("", "test").empty());
}

TEST(ParseMetricsTest, RefusesWhatIsNoMetricsFileAndNamesTheLine) {
  const std::string good = "{\"step\":1,\"a\":1}\n";
  for (const std::string bad : {"nonsense", "[1]", "{\"a\":1}", "{\"step\":-1}", "{\"step\":1.5}",
                                "{\"step\":1e30}", "{\"step\":2,\"a\":1e999}", "\xFF", ""}) {
    try {
      ParseMetrics(good + bad + "\n", "test");
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidFile);
      EXPECT_NE(std::string(error.what()).find("test:2"), std::string::npos) << error.what();
    }
  }
  EXPECT_THROW(ParseMetrics("{\"step\":1," + std::string(70000, ' ') + "\"a\":1}\n", "test"),
               Error);
  std::string many = "{\"step\":1";
  for (int i = 0; i < 1001; ++i) many += StrCat(",\"", i, "\":1");
  EXPECT_THROW(ParseMetrics(many + "}\n", "test"), Error);
}

}  // namespace
}  // namespace kani::train
