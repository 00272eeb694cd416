// Clips for one shard, however many they are: where they pass the limits of a file they become
// several files. Whoever encodes for hours need not know the limits before.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "train/data/shard_builder.h"
#include "train/data/shard_layout.h"

namespace kani::train {

class ShardParts {
 public:
  /// Throws as ShardBuilder does.
  explicit ShardParts(CorpusFormat format, int64_t max_clips = kMaxClips,
                      int64_t max_bytes = kMaxShardBytes);

  /// Throws kInvalidArgument for a clip that no shard holds.
  void Add(const Utterance& utterance);
  /// Clips so far.
  int64_t size() const { return size_; }
  /// Writes `path`, "x.safetensors", and what does not go in there to "x.part-00001.safetensors"
  /// and so on; parts of an earlier writing go away. `path` comes last: when it is there all are.
  /// The same clips in the same order give the same files. Throws kIo, and kInvalidArgument without
  /// clips.
  void Write(const std::filesystem::path& path) const;

 private:
  CorpusFormat format_;
  int64_t max_clips_, max_bytes_;
  std::vector<ShardBuilder> parts_;
  int64_t size_ = 0;
};

}  // namespace kani::train
