#include "train/observe/curves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/error.h"
#include "base/random.h"

namespace kani::train {
namespace {

using Points = std::vector<MetricPoint>;

Points Falling(int64_t steps, double noise = 0) {
  Points points;
  const CounterRandom random(1, 2);
  for (int64_t step = 1; step <= steps; ++step) {
    points.push_back({step, 2 + 10 / std::sqrt(static_cast<double>(step)) +
                                noise * random.Normal(static_cast<uint64_t>(step))});
  }
  return points;
}

/// The elements of a document that begin so: each has a line of its own.
std::vector<std::string> Elements(const std::string& svg, std::string_view begin) {
  std::vector<std::string> found;
  std::istringstream lines(svg);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin)) found.push_back(line);
  }
  return found;
}

std::string Attribute(const std::string& element, const std::string& name) {
  const size_t begin = element.find(" " + name + "=\"") + name.size() + 3;
  return element.substr(begin, element.find('"', begin) - begin);
}

/// Titles, ticks and legends in the order in which they are drawn.
std::vector<std::string> Texts(const std::string& svg) {
  std::vector<std::string> texts;
  for (const std::string& element : Elements(svg, "<text")) {
    const size_t begin = element.find('>') + 1;
    texts.push_back(element.substr(begin, element.rfind('<') - begin));
  }
  return texts;
}

/// The texts of `svg` that are among `wanted`, in their order.
std::vector<std::string> OrderOf(const std::vector<std::string>& wanted, const std::string& svg) {
  std::vector<std::string> found;
  for (const std::string& text : Texts(svg)) {
    if (std::ranges::find(wanted, text) != wanted.end()) found.push_back(text);
  }
  return found;
}

bool Shows(const std::string& svg, const std::string& text) {
  return svg.find(">" + text + "<") != std::string::npos;
}

/// Paths of the curves, which are clipped, unlike those of the grid and the legend.
std::vector<std::string> Curves(const std::string& svg) {
  std::vector<std::string> curves;
  bool clipped = false;
  for (const std::string& element : Elements(svg, "<")) {
    if (element.starts_with("<g ")) clipped = true;
    if (element.starts_with("</g>")) clipped = false;
    if (clipped && element.starts_with("<path")) curves.push_back(Attribute(element, "d"));
  }
  return curves;
}

/// The heights of a path's points.
std::vector<double> Heights(const std::string& path) {
  std::vector<double> heights;
  for (size_t at = path.find(','); at != std::string::npos; at = path.find(',', at + 1)) {
    heights.push_back(std::stod(path.substr(at + 1)));
  }
  return heights;
}

TEST(CurvesTest, ChartsComeWithTitlesInAnOrderOfTheirImportance) {
  const Points points = Falling(10);
  const std::string svg = CurvesSvg({{"run",
                                      {{"zebra/a", points},
                                       {"zebra/b", points},
                                       {"apple", points},
                                       {"rate", points},
                                       {"loss", points},
                                       {"metrics/layer_0_loss", points},
                                       {"metrics/text_loss", points},
                                       {"metrics/loss", points}}}});
  const std::vector<std::string> titles = {
      "loss (nats per target)", "held-out loss by kind of target (nats; a layer is a codebook)",
      "learning rate", "apple", "zebra"};
  EXPECT_EQ(OrderOf(titles, svg), titles);
  for (const char* name : {"training  5.162", "held out  5.162", "layer_0  5.162", "text  5.162",
                           "a  5.162", "b  5.162"}) {
    EXPECT_TRUE(Shows(svg, name)) << name;
  }
  EXPECT_EQ(Curves(svg).size(), 8u);
}

TEST(CurvesTest, RunsAreOverlaidInTheirOwnColours) {
  const std::string svg = CurvesSvg({{"first", {{"loss", Falling(10)}, {"rate", Falling(10)}}},
                                     {"second", {{"loss", Falling(20)}}}});
  EXPECT_TRUE(Shows(svg, "first: training  5.162"));
  EXPECT_TRUE(Shows(svg, "second: training  4.236"));
  EXPECT_TRUE(Shows(svg, "first  5.162")) << "learning rate";
  std::vector<std::string> colours;
  for (const std::string& mark : Elements(svg, "<path d=\"M756")) {
    colours.push_back(Attribute(mark, "stroke"));
  }
  EXPECT_EQ(colours, (std::vector<std::string>{"#2a6f97", "#d1495b", "#2a6f97"}));
}

TEST(CurvesTest, TicksAreRound) {
  const std::string svg = CurvesSvg({{"run", {{"loss", {{100, 3.1}, {20000, 1.4}}}}}});
  for (const char* tick : {"5k", "10k", "15k", "20k", "1.5", "2", "2.5", "3"}) {
    EXPECT_TRUE(Shows(svg, tick)) << tick << " in\n" << svg;
  }
}

TEST(CurvesTest, AFlatCurveHasAnAxisAsWell) {
  EXPECT_TRUE(Shows(CurvesSvg({{"run", {{"loss", {{1, 0}, {2, 0}}}}}}), "0.5"));
  EXPECT_TRUE(Shows(CurvesSvg({{"run", {{"loss", {{1, 200}, {2, 200}}}}}}), "210"));
}

TEST(CurvesTest, AxisIsLogarithmicWhereValuesSpreadOverPowersOfTen) {
  const Points spread = {{0, 1e-4}, {10, 1e-2}, {20, 1}};
  const auto heights = [&](const char* key) {
    std::vector<double> heights;
    for (const std::string& dot : Elements(CurvesSvg({{"run", {{key, spread}}}}), "<circle")) {
      heights.push_back(std::stod(Attribute(dot, "cy")));
    }
    return heights;
  };
  const std::vector<double> loss = heights("loss"), rate = heights("rate");
  ASSERT_EQ(loss.size(), 3u);
  EXPECT_NEAR(loss[0] - loss[1], loss[1] - loss[2], 0.3);
  ASSERT_EQ(rate.size(), 3u);
  EXPECT_LT(rate[0] - rate[1], 3);
}

TEST(CurvesTest, ANoisyCurveHasItsAverageAndAnOutlierDoesNotBendIt) {
  Points noisy = Falling(5000, 0.5);
  const std::string before = Curves(CurvesSvg({{"run", {{"loss", noisy}}}})).at(1);
  noisy[2500].value = 1e9;
  const std::vector<std::string> after = Curves(CurvesSvg({{"run", {{"loss", noisy}}}}));
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(Curves(CurvesSvg({{"run", {{"loss", Falling(5000)}}}})).size(), 1u) << "smooth";
  const std::vector<double> then = Heights(before), now = Heights(after[1]);
  ASSERT_EQ(then.size(), now.size());
  for (size_t i = 0; i < then.size(); ++i) EXPECT_NEAR(then[i], now[i], 2);
}

TEST(CurvesTest, ALongRunDoesNotMakeALargeFile) {
  EXPECT_LT(CurvesSvg({{"run", {{"loss", Falling(300000, 0.5)}}}}).size(), 60000u);
}

TEST(CurvesTest, WhatIsNotFiniteIsAGap) {
  const double nan = std::nan("");
  const std::vector<std::string> curves = Curves(
      CurvesSvg({{"run", {{"loss", {{1, 3}, {2, 2.5}, {3, nan}, {4, nan}, {5, 2}, {6, 1}}}}}}));
  ASSERT_EQ(curves.size(), 1u);
  EXPECT_EQ(std::ranges::count(curves[0], 'M'), 2);
}

TEST(CurvesTest, StrangeNumbersAreDrawnWithoutNanOrInfinity) {
  const double inf = std::numeric_limits<double>::infinity();
  const double most = std::numeric_limits<double>::max();
  const std::vector<Points> series = {{{0, 0}},
                                      {{7, 5}, {8, 5}},
                                      {{1, -1}, {2, 1e99}},
                                      {{1, most}, {2, -most}, {3, 1}},
                                      {{1, inf}, {2, -inf}, {3, 4}},
                                      {{1, 1e-320}, {2, 1}},
                                      {{1, 1e-320}, {2, 2e-320}},
                                      {{1, 1 + 1e-16}, {2, 1}},
                                      {{kMaxStep - 1, 1}, {kMaxStep, 2}},
                                      {{kMaxStep, 1}}};
  for (size_t i = 0; i < series.size(); ++i) {
    const std::string svg = CurvesSvg({{"run", {{"loss", series[i]}}}});
    for (const char* word : {"nan", "inf"}) EXPECT_EQ(svg.find(word), std::string::npos) << i;
    EXPECT_EQ(Curves(svg).size(), 1u) << i;
  }
}

TEST(CurvesTest, NamesCannotBreakTheDocument) {
  const std::string svg = CurvesSvg({{"a<b>&\n\"", {{"x<&>", {{1, 2}, {2, 3}}}}},
                                     {std::string(100, 'y') + "ñññññññññññññ", {{"x", {{1, 2}}}}}});
  EXPECT_TRUE(Shows(svg, "x&lt;&amp;&gt;")) << svg;
  EXPECT_TRUE(Shows(svg, "a&lt;b&gt;&amp; \"  3")) << svg;
  EXPECT_TRUE(Shows(svg, "…ñññññññññññ  2") || Shows(svg, "…ññññññññññññ  2")) << svg;
}

TEST(CurvesTest, TooManyCurvesAreCountedInTheLegend) {
  MetricSeries series;
  for (int i = 0; i < 30; ++i) series[StrCat("group/", i)] = {{1, 1.0 * i}, {2, 2.0 * i}};
  EXPECT_TRUE(Shows(CurvesSvg({{"run", series}}), "and 20 more"));
}

TEST(CurvesTest, NothingToDrawIsAnError) {
  EXPECT_THROW(CurvesSvg({}), Error);
  EXPECT_THROW(CurvesSvg({{"run", {}}}), Error);
  EXPECT_THROW(CurvesSvg({{"run", {{"loss", {{1, std::nan("")}}}}}}), Error);
}

}  // namespace
}  // namespace kani::train
