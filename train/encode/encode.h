// Recordings with transcripts to a shard of codes and voice vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "train/data/shard_job.h"
#include "train/encode/clip_checks.h"
#include "train/encode/clip_encoder.h"
#include "train/import/recording_list.h"

namespace kani::train {

struct EncodeOptions {
  EncoderPaths models;
  std::string codec_name;  ///< CorpusFormat::codec; "": CodecIdentity
  std::string device = "auto";
  int threads = 1;  ///< 0: UsableCpuCount(). Each has its own copy of the models
  ClipLimits limits;
  double max_recording_seconds = 3600;  ///< of a file that clips are pieces of
  /// The bytes of the file of sound in a row of a file of tables (ListedRecording::table_row).
  /// Called by all threads.
  std::function<std::vector<std::byte>(const std::filesystem::path&, int64_t)> read_embedded;
};

struct EncodeProgress {
  int64_t recordings = 0, total = 0;  ///< of this shard: seen, and all
  int64_t taken_over = 0;             ///< of `recordings`, from a process that was interrupted
  int64_t dropped = 0;
  double speech_s = 0;  ///< encoded by this process
  double elapsed_s = 0;

  /// Seconds of speech a second.
  double Speed() const { return elapsed_s > 0 ? speech_s / elapsed_s : 0; }
  /// By recordings, since their lengths are not known before they are read.
  double TimeLeftSeconds() const {
    const int64_t encoded = recordings - taken_over;
    if (encoded == 0) return 0;
    return elapsed_s * static_cast<double>(total - recordings) / static_cast<double>(encoded);
  }
};
/// Called after each file, by one thread at a time. False stops.
using EncodeProgressSink = std::function<bool(const EncodeProgress&)>;

/// Makes shard `job.shard` of `recordings`, in their order: the same bytes for any number of
/// threads and interruptions. A finished shard is only looked up; one that was interrupted, by a
/// kill too, goes on where it was, by its journal; files that changed under the same name are not
/// noticed. Clips that one file does not hold become several (ShardParts). Pieces of one file that
/// follow each other in the list are cut from one reading of it, which is why few shards are better
/// for long recordings. What cannot be used is dropped and reported (a clip whose end lies behind
/// that of its file ends there). Throws kInvalidArgument for recordings or options out of range, a
/// folder with other shards of this name and a shard that another process works on, kCancelled when
/// stopped, kIo, and what ClipModels throws.
ImportReport Encode(const RecordingList& recordings, const EncodeOptions& options,
                    const ShardJob& job, const EncodeProgressSink& progress = {});

}  // namespace kani::train
