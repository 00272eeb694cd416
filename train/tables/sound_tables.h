// Recordings that lie in Parquet or Arrow files, as data sets on a hub and `datasets` keep them.
// The only folder that knows Arrow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "train/import/import.h"

namespace kani::train {

/// Whether that is a Parquet or Arrow file, or a folder of them without a list in text.
bool IsSoundTable(const std::filesystem::path& path);

/// The recordings of a Parquet or Arrow file, a folder that `datasets` saved, or one of Parquet
/// files; rows that hold sound have a table_row. `defaults.columns` names columns where it is not
/// clear which are meant: text=NAME, audio=, speaker=, language=. Reads no sound, and no column
/// that is not asked for. @param split "train", of a folder that has several; "": there is one
/// Throws kNotFound (also where only the names of recordings are there, but none of them),
/// kInvalidArgument for `split`, kInvalidFile, UnclearColumnsError, kUnsupported, kIo.
RecordingList ImportSoundTables(const std::filesystem::path& path, const ImportDefaults& defaults,
                                const std::string& split);

/// The rows of one file in memory, added to `list`, and the sound in each. @param file what rows
/// name
void ReadSoundTable(std::span<const std::byte> bytes, const std::filesystem::path& file,
                    const ImportDefaults& defaults, RecordingList& list,
                    const std::function<void(std::span<const std::byte>)>& sound);

/// The sound in such files, row by row. Quick in the order of the rows, or nearly; memory for a few
/// rows. Thread-safe.
class EmbeddedSound {
 public:
  /// @param columns as ImportDefaults::columns were
  explicit EmbeddedSound(std::vector<std::string> columns);
  ~EmbeddedSound();

  /// The file of sound in a row. Throws kNotFound, kIo, kInvalidFile: no such row, no sound in it.
  std::vector<std::byte> Read(const std::filesystem::path& file, int64_t row);

 private:
  struct OpenTable;

  const std::vector<std::string> columns_;
  std::mutex mutex_;
  std::list<std::unique_ptr<OpenTable>> open_;  ///< the last used first
};

}  // namespace kani::train
