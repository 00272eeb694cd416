// One chart of a page: curves over the steps of a run, with axes and a legend.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "train/observe/metrics.h"
#include "train/observe/svg.h"

namespace kani::train {

inline constexpr int kChartWidth = 1000, kChartHeight = 230;  ///< in pixels

struct Curve {
  std::string name;
  std::span<const MetricPoint> points;  ///< steps increasing; the caller's
  size_t colour = 0, dashes = 0;        ///< of as many as there are; then they come again
};

struct Chart {
  std::string title;
  bool always_linear = false;
  std::vector<Curve> curves;
};

/// Finite, and small enough for sums of many to be.
bool IsDrawable(double value);

/// Draws a chart for the steps `first_step` to `last_step` below the top edge `top`.
/// A noisy curve is pale, with its moving average over it. The axis is logarithmic if the values
/// are positive and spread over two powers of ten; rare outliers of a noisy curve do not widen it.
/// The legend says the last value, that of the average if there is one. REQUIRES: steps of at most
/// 2^52.
void DrawChart(const Chart& chart, int64_t first_step, int64_t last_step, double top, Svg& svg);

}  // namespace kani::train
