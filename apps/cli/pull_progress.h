// The one line that shows how a download goes: all files of all parts together.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "apps/terminal/console.h"

namespace kani::cli {

/// Bytes per second over the last seconds. Times are seconds since any moment.
class Speed {
 public:
  void Add(double time_s, uint64_t bytes);
  /// 0 until something was measured.
  double bytes_per_second() const;

 private:
  std::deque<std::pair<double, uint64_t>> samples_;  // [time, bytes so far]
};

/// "[####----] 42 %  492 MB of 1.17 GB  12.3 MB/s  56 s left", cut to `columns`; the bar takes what
/// is over, and is left out where nothing is.
std::string PullProgressText(uint64_t done_bytes, uint64_t total_bytes, double bytes_per_second,
                             int columns);

/// Keeps the line up to date; silent unless stderr is a terminal.
class PullProgressLine {
 public:
  explicit PullProgressLine(uint64_t total_bytes) : total_bytes_(total_bytes) {}
  /// @param waiting why nothing moves, empty if something does
  void Show(uint64_t done_bytes, const std::string& waiting);
  void Clear() { line_.Clear(); }

 private:
  uint64_t total_bytes_;
  Speed speed_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  terminal::ProgressLine line_;
};

}  // namespace kani::cli
