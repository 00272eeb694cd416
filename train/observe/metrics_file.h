// metrics.jsonl of a run: one JSON object a line, {"step": 12, "loss": 3.25, ...}. JSON has no
// numbers that are not finite: they are written as null.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/log.h"
#include "train/observe/append_file.h"
#include "train/observe/metrics.h"

namespace kani::train {

class MetricsFile {
 public:
  /// Goes on with the file of a run that has made `done_steps` updates, or makes one. From the
  /// first line of a later step on, by a process that was killed after its last checkpoint, all
  /// goes, and so does a torn line. Throws kIo.
  MetricsFile(const std::filesystem::path& path, int64_t done_steps, WarningSink warn);

  /// Writes a line at once; see AppendFile for what happens when the disk is full.
  void Add(const Metrics& metrics);

 private:
  AppendFile file_;
};

/// All numbers of a file by key; members that are no numbers are passed over. Where a step comes
/// back, the run went on from before it: the points from there on are replaced. A last line without
/// its end is still being written, and left out.
/// Throws kInvalidFile naming the line, kResourceExhausted for more than 1 GiB.
MetricSeries ReadMetrics(const std::filesystem::path& path);
MetricSeries ParseMetrics(std::string_view text, const std::string& source);

}  // namespace kani::train
