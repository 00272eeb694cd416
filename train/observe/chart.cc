#include "train/observe/chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "train/observe/number_text.h"

namespace kani::train {
namespace {

constexpr double kLeft = 64, kRight = 740, kTitle = 18, kTop = 28, kBottom = 196, kLegend = 756;
constexpr int kTickDigits = 5;
constexpr size_t kLegendRows = 11, kLegendCharacters = 24;
constexpr size_t kFewPoints = 60;   ///< so few are shown as dots as well
constexpr size_t kAveraged = 1000;  ///< at most: more than there are pixels
constexpr std::array<std::string_view, 8> kColours = {"#2a6f97", "#d1495b", "#2e933c", "#edae49",
                                                      "#7b4b94", "#00798c", "#8d6a4f", "#5c5c5c"};
constexpr std::array<std::string_view, 4> kDashes = {"", "6 4", "2 3", "8 3 2 3"};

using Points = std::vector<MetricPoint>;

Points Drawable(std::span<const MetricPoint> points) {
  Points out;
  std::ranges::copy_if(points, std::back_inserter(out),
                       [](const MetricPoint& point) { return IsDrawable(point.value); });
  return out;
}

/// Whether a curve turns so often that it hides where it is going.
bool IsNoisy(const Points& points) {
  if (points.size() <= kFewPoints) return false;
  size_t turns = 0;
  for (size_t i = 1; i + 1 < points.size(); ++i) {
    const double before = points[i - 1].value, here = points[i].value, behind = points[i + 1].value;
    turns += (here > before && here > behind) || (here < before && here < behind);
  }
  return turns > points.size() / 5;
}

/// Neighbouring points as one, so that at most kAveraged are left.
Points Joined(const Points& points) {
  const size_t together = (points.size() + kAveraged - 1) / kAveraged;
  Points out;
  for (size_t begin = 0; begin < points.size(); begin += together) {
    const size_t count = std::min(together, points.size() - begin);
    double sum = 0;
    for (size_t i = begin; i < begin + count; ++i) sum += points[i].value;
    out.push_back({points[begin + count / 2].step, sum / static_cast<double>(count)});
  }
  return out;
}

/// The mean of the middle half of each point's neighbours, a fiftieth of all on each side, fewer at
/// the ends: an outlier does not move it.
Points MovingAverage(const Points& all) {
  const Points points = Joined(all);
  const size_t reach = 1 + points.size() / 50;
  Points out;
  for (size_t i = 0; i < points.size(); ++i) {
    const size_t begin = i < reach ? 0 : i - reach;
    const size_t end = std::min(points.size(), i + reach + 1);
    std::vector<double> values;
    for (size_t k = begin; k < end; ++k) values.push_back(points[k].value);
    std::ranges::sort(values);
    const std::span middle =
        std::span(values).subspan(values.size() / 4, values.size() - 2 * (values.size() / 4));
    out.push_back({points[i].step, std::accumulate(middle.begin(), middle.end(), 0.0) /
                                       static_cast<double>(middle.size())});
  }
  return out;
}

/// The smallest of 1, 2, 5, times any power of ten, that is larger than `value`.
double RoundAbove(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double digit : {1.0, 2.0, 5.0, 10.0}) {
    if (digit * power > value) return digit * power;
  }
  return 20 * power;
}

/// One axis: where a value lies between two edges, and the round values at its ticks.
class Axis {
 public:
  Axis(double low, double high, double from, double to, bool logarithmic)
      : low_(low), high_(high), from_(from), to_(to), logarithmic_(logarithmic) {}

  /// NaN for what has no place. Far outside, any place there will do.
  double Place(double value) const {
    const double share = logarithmic_ ? std::log(value / low_) / std::log(high_ / low_)
                                      : (value - low_) / (high_ - low_);
    return from_ + std::clamp(share, -1e3, 1e3) * (to_ - from_);
  }

  /// About `count` of them.
  std::vector<double> Ticks(int count) const {
    std::vector<double> ticks;
    if (logarithmic_) {
      const double first = std::ceil(std::log10(low_)), last = std::floor(std::log10(high_));
      const double step = 1 + std::floor((last - first) / count);
      for (double power = first; power <= last; power += step) ticks.push_back(std::pow(10, power));
    } else {
      const double step = RoundAbove((high_ - low_) / (count + 1));
      const double first = std::ceil(low_ / step), last = std::floor(high_ / step);
      for (double i = first; i <= last; ++i) ticks.push_back(i * step);
    }
    return ticks;
  }

 private:
  double low_, high_, from_, to_;
  bool logarithmic_;
};

/// A curve's points that can be drawn, and the moving average if it has one.
struct DrawnCurve {
  const Curve& curve;
  Points points, average;
};

/// What the curves need: all of the averages and of the curves without one, of the noisy ones all
/// but the outermost hundredth.
Axis ValueAxis(const std::vector<DrawnCurve>& curves, bool always_linear, double top) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  const auto include = [&](double least, double most) {
    low = std::min(low, least);
    high = std::max(high, most);
  };
  for (const DrawnCurve& drawn : curves) {
    const Points& whole = drawn.average.empty() ? drawn.points : drawn.average;
    const auto [least, most] = std::ranges::minmax(whole, {}, &MetricPoint::value);
    include(least.value, most.value);
    if (drawn.average.empty()) continue;
    std::vector<double> values;
    for (const MetricPoint& point : drawn.points) values.push_back(point.value);
    std::ranges::sort(values);
    const size_t rare = values.size() / 100;
    include(values[rare], values[values.size() - 1 - rare]);
  }
  const bool logarithmic = !always_linear && low > 1e-30 && high / low >= 100;
  if (logarithmic) {
    low /= 1.2;
    high *= 1.2;
  } else {
    // Flat curves have room as well.
    const double largest = std::max(std::abs(low), std::abs(high));
    const double least = largest < 1e-30 ? 1 : largest * (low == high ? 0.1 : 1e-3);
    const double margin = std::max(0.05 * (high - low), least);
    low -= margin;
    high += margin;
  }
  return {low, high, top + kBottom, top + kTop, logarithmic};
}

/// A path with at most two points for each column of pixels, its lowest and its highest; broken in
/// columns where none of a curve's points can be drawn.
std::string PathOf(std::span<const MetricPoint> points, const Axis& steps, const Axis& values) {
  std::string path;
  bool broken = true;
  for (size_t begin = 0, end; begin < points.size(); begin = end) {
    const auto column = [&](size_t i) {
      return std::floor(steps.Place(static_cast<double>(points[i].step)));
    };
    std::optional<size_t> low, high;
    for (end = begin; end < points.size() && column(end) == column(begin); ++end) {
      if (!std::isfinite(values.Place(points[end].value))) continue;
      if (!low || points[end].value < points[*low].value) low = end;
      if (!high || points[end].value > points[*high].value) high = end;
    }
    if (!low) {
      broken = true;
      continue;
    }
    for (const size_t i : {std::min(*low, *high), std::max(*low, *high)}) {
      path += StrCat(broken ? "M" : "L", Fixed(steps.Place(static_cast<double>(points[i].step)), 1),
                     ",", Fixed(values.Place(points[i].value), 1));
      broken = false;
    }
  }
  return path;
}

void DrawCurve(const DrawnCurve& drawn, const Axis& steps, const Axis& values, Svg& svg) {
  const std::string_view colour = kColours[drawn.curve.colour % kColours.size()];
  const std::string_view dashes = kDashes[drawn.curve.dashes % kDashes.size()];
  const bool noisy = !drawn.average.empty();
  // All points: where some cannot be drawn is a gap.
  svg.Path(PathOf(drawn.curve.points, steps, values),
           {colour, noisy ? 1.0 : 1.5, noisy ? 0.25 : 1.0, noisy ? "" : dashes});
  if (noisy) svg.Path(PathOf(drawn.average, steps, values), {colour, 1.8, 1.0, dashes});
  if (drawn.points.size() > kFewPoints) return;
  for (const MetricPoint& point : drawn.points) {
    const double y = values.Place(point.value);
    if (std::isfinite(y)) svg.Dot(steps.Place(static_cast<double>(point.step)), y, colour);
  }
}

void DrawAxes(const Axis& steps, const Axis& values, double top, Svg& svg) {
  const Svg::Stroke grid = {"#ddd"};
  const auto line = [&](double x1, double y1, double x2, double y2) {
    svg.Path(StrCat("M", Fixed(x1, 1), ",", Fixed(y1, 1), "L", Fixed(x2, 1), ",", Fixed(y2, 1)),
             grid);
  };
  const std::vector<double> across = steps.Ticks(8), up = values.Ticks(5);
  for (const double tick : across) {
    const double x = steps.Place(tick);
    line(x, top + kTop, x, top + kBottom);
    svg.Text(x, top + kBottom + 15, NumberText(tick, across.back(), kTickDigits),
             Svg::Anchor::kMiddle);
  }
  svg.Text(kLegend + 24, top + kBottom + 15, "step");
  const double largest = std::max(std::abs(up.front()), std::abs(up.back()));
  for (const double tick : up) {
    const double y = values.Place(tick);
    line(kLeft, y, kRight, y);
    svg.Text(kLeft - 6, y + 4, NumberText(tick, largest, kTickDigits), Svg::Anchor::kEnd);
  }
}

/// At most kLegendCharacters, the last ones: names of runs differ at their end.
std::string LegendText(const std::string& name) {
  if (name.size() <= kLegendCharacters) return name;
  size_t begin = name.size() - kLegendCharacters;
  while (begin < name.size() && (name[begin] & 0xC0) == 0x80) ++begin;
  return "…" + name.substr(begin);
}

void DrawLegend(const std::vector<DrawnCurve>& curves, double top, Svg& svg) {
  double y = top + kTop + 8;
  const size_t shown = curves.size() > kLegendRows ? kLegendRows - 1 : curves.size();
  for (const DrawnCurve& drawn : std::span(curves).first(shown)) {
    svg.Path(StrCat("M", kLegend, ",", Fixed(y - 4, 1), "h18"),
             {kColours[drawn.curve.colour % kColours.size()], 1.8, 1.0,
              kDashes[drawn.curve.dashes % kDashes.size()]});
    const double last = (drawn.average.empty() ? drawn.points : drawn.average).back().value;
    svg.Text(kLegend + 24, y,
             LegendText(drawn.curve.name) + "  " + NumberText(last, last, /*digits=*/4));
    y += 15;
  }
  if (shown < curves.size()) {
    svg.Text(kLegend + 24, y, StrCat("and ", curves.size() - shown, " more"));
  }
}

}  // namespace

bool IsDrawable(double value) { return std::abs(value) < 1e100; }

void DrawChart(const Chart& chart, int64_t first_step, int64_t last_step, double top, Svg& svg) {
  std::vector<DrawnCurve> curves;
  for (const Curve& curve : chart.curves) {
    DrawnCurve drawn{curve, Drawable(curve.points), {}};
    if (drawn.points.empty()) continue;
    if (IsNoisy(drawn.points)) drawn.average = MovingAverage(drawn.points);
    curves.push_back(std::move(drawn));
  }
  svg.Text(kLeft, top + kTitle, chart.title);
  if (curves.empty()) return;
  const Axis values = ValueAxis(curves, chart.always_linear, top);
  const Axis steps(static_cast<double>(first_step),
                   static_cast<double>(std::max(last_step, first_step + 1)), kLeft, kRight, false);
  DrawAxes(steps, values, top, svg);
  svg.BeginClip(kLeft, top + kTop, kRight - kLeft, kBottom - kTop);
  for (const DrawnCurve& drawn : curves) DrawCurve(drawn, steps, values, svg);
  svg.EndClip();
  DrawLegend(curves, top, svg);
}

}  // namespace kani::train
