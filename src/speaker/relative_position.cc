#include "speaker/relative_position.h"

#include <algorithm>
#include <cstdlib>

#include "base/elementary.h"

namespace kani::speaker {

int64_t RelativePositionBucket(int64_t offset, int64_t num_buckets, int64_t max_distance) {
  const int64_t half = num_buckets / 2;
  const int64_t exact = half / 2;
  const int64_t distance = std::abs(offset);
  int64_t bucket = distance;
  if (distance >= exact) {
    const auto unit = static_cast<double>(exact);
    const double growth =
        Log(static_cast<double>(distance) / unit) / Log(static_cast<double>(max_distance) / unit);
    bucket = std::min(half - 1, exact + static_cast<int64_t>(growth * unit));
  }
  return offset > 0 ? half + bucket : bucket;
}

std::vector<float> RelativePositionStrip(std::span<const float> table, int64_t heads,
                                         int64_t num_buckets, int64_t max_distance,
                                         int64_t frames) {
  const int64_t width = 2 * frames - 1;
  std::vector<float> strip(static_cast<size_t>(heads * width));
  for (int64_t column = 0; column < width; ++column) {
    const int64_t bucket = RelativePositionBucket(column - (frames - 1), num_buckets, max_distance);
    for (int64_t h = 0; h < heads; ++h) {
      strip[static_cast<size_t>(h * width + column)] =
          table[static_cast<size_t>(bucket * heads + h)];
    }
  }
  return strip;
}

}  // namespace kani::speaker
