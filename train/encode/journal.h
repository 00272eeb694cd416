// What an encoding that is under way has done so far, beside the shard that it will become: a
// process that is killed loses the clips it had in hand and no more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "train/data/import_report.h"
#include "train/data/utterance.h"

namespace kani::train {

/// A clip, or why there is none; neither: not done yet.
struct Outcome {
  std::optional<Utterance> clip;
  std::optional<Dropped> dropped;
  bool done() const { return clip || dropped; }
};

/// A file of records, each with its length and checksum: a record that was half written, and what
/// is behind it, counts as not there. Holds of a clip what encoding made of it; texts and names are
/// the recording's.
class EncodeJournal {
 public:
  /// Goes on with the journal of the same inputs, or begins one. Throws kInvalidArgument for a
  /// journal of other inputs and for one that another process writes, kIo.
  /// @param inputs checksum of what decides the bytes of the shard
  EncodeJournal(std::filesystem::path path, const std::string& inputs);
  ~EncodeJournal();
  EncodeJournal(const EncodeJournal&) = delete;
  EncodeJournal& operator=(const EncodeJournal&) = delete;

  struct Entry {
    uint64_t recording = 0;  ///< its number in the shard
    Outcome outcome;
  };
  /// What an earlier process had done.
  const std::vector<Entry>& entries() const { return entries_; }
  /// On return a kill of the process loses it no more; a power cut, half a minute later. Throws
  /// kIo. Thread-safe.
  void Append(const Entry& entry);
  /// When the shard is there.
  void Remove();

 private:
  void Read(const std::string& header);
  void Write(const std::string& payload);
  [[noreturn]] void FailIo(const char* what) const;

  const std::filesystem::path path_;
  int fd_ = -1;
  std::vector<Entry> entries_;
  std::mutex mutex_;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

}  // namespace kani::train
