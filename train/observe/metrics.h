// What a run says of itself, and what can be read of it later.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kani::train {

/// What was measured at one step. A key is a name, or group/name: TensorBoard shows a group
/// together, and so does CurvesSvg() with keys that it does not know.
struct Metrics {
  int64_t step = 0;  ///< updates made so far
  std::vector<std::pair<std::string, double>> values;
};

/// The largest step: beyond any run, and small enough to be drawn.
inline constexpr int64_t kMaxStep = 1'000'000'000'000;

struct MetricPoint {
  int64_t step = 0;
  double value = 0;  ///< NaN for one that was not finite
};

/// The points of each key, steps strictly increasing.
using MetricSeries = std::map<std::string, std::vector<MetricPoint>>;

}  // namespace kani::train
