// The reader behind ImportRecordings for lists with one recording a line.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "train/import/import.h"
#include "train/import/sound_finder.h"
#include "train/import/table_dialect.h"

namespace kani::train {

class MetadataCsvReader {
 public:
  /// @param head the list or its beginning, by which the rest is read
  MetadataCsvReader(std::string_view head, const std::filesystem::path& folder, std::string source,
                    const ImportDefaults& defaults);

  /// Whole lines. @param first_line number of the first
  void Read(std::string_view text, int64_t first_line);
  const SoundFinder& finder() const { return finder_; }
  RecordingList Take();

 private:
  void ReadLine(std::string_view line, int64_t number);

  const std::string source_;
  const ImportDefaults& defaults_;
  const TableDialect dialect_;
  SoundFinder finder_;
  RecordingList list_;
  bool is_behind_first_ = false;
  std::vector<std::string> fields_;
};

}  // namespace kani::train
