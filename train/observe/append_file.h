// A file that a run writes while it lasts, whole record by whole record, and never fails for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/log.h"

namespace kani::train {

class AppendFile {
 public:
  /// Opens `path` at its end, or makes it. Throws kIo.
  AppendFile(std::filesystem::path path, WarningSink warn);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  /// Hands the record to the system in one call: a killed process leaves it whole or not at all, a
  /// machine that loses power may lose the last ones. A record that cannot be written (disk full)
  /// leaves nothing behind and is lost; the first after one that could be written is warned of.
  void Append(std::string_view record);

 private:
  std::filesystem::path path_;
  WarningSink warn_;
  int fd_ = -1;
  int64_t size_bytes_ = 0;  ///< of the whole records
  bool failing_ = false;
};

}  // namespace kani::train
