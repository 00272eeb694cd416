// A folder of shards as one list of clips.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "train/data/manifest.h"
#include "train/data/shard.h"
#include "train/data/utterance.h"

namespace kani::train {

/// All shards mapped and checked. Immutable; thread-safe.
class Corpus {
 public:
  /// Throws kNotFound, kIo, or kInvalidFile for a damaged shard or one that is not what the
  /// manifest says; kResourceExhausted when memory or file handles run out.
  /// @param leave_out if given, it is told of a damaged shard, whose clips the corpus then lacks
  explicit Corpus(const std::filesystem::path& folder,
                  const std::function<void(const Error&)>& leave_out = {});

  const Manifest& manifest() const { return manifest_; }
  const CorpusFormat& format() const { return manifest_.format; }
  /// Clips, numbered through the shards in the manifest's order.
  int64_t size() const { return ends_.empty() ? 0 : ends_.back(); }
  /// Of all clips, by the checksums of the shards that are read: other bytes or another order of
  /// shards give another one.
  std::string checksum() const;
  /// Throws kInvalidArgument for an index outside [0, size()).
  Utterance Get(int64_t index) const;

 private:
  void Add(const std::filesystem::path& path, const ShardEntry& entry);

  Manifest manifest_;
  std::vector<Shard> shards_;
  std::vector<int64_t> ends_;  ///< clips up to and with each shard
};

/// Everything that is wrong with a folder of shards, a line each; empty if nothing is. Compares
/// every byte with the manifest. Throws only if the folder or its manifest cannot be read.
std::vector<std::string> Verify(const std::filesystem::path& folder);

}  // namespace kani::train
