// One clip that a corpus is made from: a piece of an audio file and what is said in it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"

namespace kani::train {

struct ListedRecording {
  std::filesystem::path path;
  std::string text;  ///< transcript; "" if there is none
  std::string speaker, language, source;
  std::string id;  ///< name in `source`, never empty
  double begin_s = 0;
  double end_s = std::numeric_limits<double>::infinity();  ///< infinity: to the end of the file
  /// Row of `path`, a file of tables that holds the sound itself; -1: `path` is the recording.
  int64_t table_row = -1;
  double stated_s = 0;  ///< how long the list says that it is; 0: it does not say

  bool operator==(const ListedRecording&) const = default;
};

/// Throws `code` with `where` in front for a text or name that no shard takes, or times that are no
/// piece of a recording.
void CheckRecording(const ListedRecording& recording, ErrorCode code, std::string_view where);

}  // namespace kani::train
