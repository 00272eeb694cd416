// Rows of several sequences that lie one after the other, where threads and tiles take a part.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "kernels/ops.h"

namespace kani::kernels {

inline int64_t RowsOf(int64_t rows) { return rows; }
inline int64_t RowsOf(const ConvolutionSegment& segment) { return segment.rows; }

template <typename Segment>
int64_t RowsTogether(std::span<const Segment> segments) {
  int64_t rows = 0;
  for (const Segment& segment : segments) rows += RowsOf(segment);
  return rows;
}

/// Calls run(ordinal, first, count) for what lies in each segment of the rows [begin, end), which
/// are counted over all of them. Only segments that have rows are counted by `ordinal`.
template <typename Segment, typename Run>
void ForEachSegment(std::span<const Segment> segments, int64_t begin, int64_t end, const Run& run) {
  int64_t ordinal = 0, first = 0;
  for (const Segment& segment : segments) {
    const int64_t rows = RowsOf(segment);
    if (rows == 0) continue;
    const int64_t from = std::max(begin, first), to = std::min(end, first + rows);
    if (from < to) run(ordinal, from, to - from);
    ++ordinal;
    first += rows;
  }
}

}  // namespace kani::kernels
