// Event files of TensorBoard: the scalars of a run, while it lasts. TFRecords (tensorflow's
// core/lib/io/record_writer.h) of protobuf messages (core/util/event.proto), written by hand: 60
// lines in place of a code generator and two libraries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/log.h"
#include "train/observe/append_file.h"
#include "train/observe/metrics.h"

namespace kani::train {

/// Seconds since 1970.
using UnixClock = std::function<double()>;
double UnixSeconds();

/// The newest event file of a folder. Each start of a run makes one of its own: TensorBoard reads
/// them in the order of their names, also while they grow.
class EventFile {
 public:
  /// Makes the folder and a file in it, for a run that has made `done_steps` updates. The file says
  /// that later steps in older files are void: readers in Python then drop them all. TensorBoard's
  /// own data server goes by the steps instead: a tag's point takes the place of those from its
  /// step on. Throws kIo.
  EventFile(const std::filesystem::path& folder, int64_t done_steps, WarningSink warn,
            UnixClock clock = UnixSeconds);

  /// Keys become tags, values are rounded to fp32. See AppendFile for a full disk.
  void Add(const Metrics& metrics);

 private:
  UnixClock clock_;
  AppendFile file_;
};

/// CRC-32C (Castagnoli, iSCSI), which is not the CRC-32 of zlib.
uint32_t Crc32c(std::string_view bytes);

}  // namespace kani::train
