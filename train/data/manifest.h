// What a folder of shards holds: manifest.json, written when the shards are, read first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "train/data/shard.h"
#include "train/data/utterance.h"

namespace kani::train {

struct ShardEntry {
  std::string file;  ///< plain name of a file in the folder
  int64_t bytes = 0, clips = 0, frames = 0;
  std::string crc32;  ///< of the whole file
  bool operator==(const ShardEntry&) const = default;
};

struct Tally {
  int64_t clips = 0, frames = 0;
  bool operator==(const Tally&) const = default;
};
using Tallies = std::map<std::string, Tally, std::less<>>;

struct Manifest {
  CorpusFormat format;
  std::vector<ShardEntry> shards;  ///< by file name
  Tally total;
  Tallies languages, sources, voices;
  bool operator==(const Manifest&) const = default;
};

/// Name of the manifest in a folder of shards.
inline constexpr std::string_view kManifestFile = "manifest.json";

/// Shards of a folder that end in .safetensors, by name. Throws kNotFound or kIo.
std::vector<std::filesystem::path> ShardFiles(const std::filesystem::path& folder);
ShardEntry DescribeShard(const Shard& shard, std::string file);
/// Adds a shard, whose format must be the manifest's; the first one sets it. Throws kInvalidFile.
void AddShard(const Shard& shard, std::string file, Manifest& manifest);

/// Reads all shards of a folder and writes its manifest. Throws kNotFound when there is none,
/// kInvalidFile for a damaged one or one of another format.
Manifest WriteManifest(const std::filesystem::path& folder);
/// Throws kInvalidFile; kNotFound says what a folder without a manifest lacks.
Manifest LoadManifest(const std::filesystem::path& folder);
Manifest ParseManifest(std::string_view json, const std::string& source);

}  // namespace kani::train
