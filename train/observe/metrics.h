// What a run says of itself, and what can be read of it later.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kani::train {

/// What was measured at one step. A key is a name, or group/name for those that belong together
/// ("held_out_loss/text", "held_out_loss/codebook_1"): TensorBoard and the curves show a group
/// together.
struct Metrics {
  int64_t step = 0;  ///< updates made so far
  std::vector<std::pair<std::string, double>> values;
};

struct MetricPoint {
  int64_t step = 0;
  double value = 0;  ///< NaN for one that was not finite
};

/// The points of each key, steps strictly increasing.
using MetricSeries = std::map<std::string, std::vector<MetricPoint>>;

}  // namespace kani::train
