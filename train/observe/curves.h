// The history of runs as a picture.
#pragma once

#include <string>
#include <vector>

#include "train/observe/metrics.h"

namespace kani::train {

struct RunHistory {
  std::string name;  ///< UTF-8
  MetricSeries series;
};

/// One SVG document of a chart below the other: the loss, also of held-out clips, first; then every
/// group of keys and every other key that a run has. Several runs are overlaid: a colour is a run
/// then, and a dash pattern a key of the chart.
/// Throws kInvalidArgument if there is nothing that can be drawn.
std::string CurvesSvg(const std::vector<RunHistory>& runs);

}  // namespace kani::train
