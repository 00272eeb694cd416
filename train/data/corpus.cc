#include "train/data/corpus.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/error.h"
#include "train/data/checksum.h"

namespace kani::train {
namespace {

/// What a shard is, against what the manifest says it is; "" if that is the same.
std::string Difference(const ShardEntry& found, const ShardEntry& expected) {
  if (found == expected) return "";
  return StrCat(found.clips, " clips, ", found.frames, " frames, ", found.bytes,
                " bytes, checksum ", found.crc32, ", expected by the manifest ", expected.clips,
                ", ", expected.frames, ", ", expected.bytes, ", ", Quoted(expected.crc32));
}

}  // namespace

Corpus::Corpus(const std::filesystem::path& folder,
               const std::function<void(const Error&)>& leave_out)
    : manifest_(LoadManifest(folder)) {
  for (const ShardEntry& entry : manifest_.shards) {
    try {
      Add(folder / entry.file, entry);
    } catch (const Error& error) {
      // What this process lacks is no fault of the shard.
      if (!leave_out || error.code() == ErrorCode::kResourceExhausted) throw;
      leave_out(error);
    }
  }
}

void Corpus::Add(const std::filesystem::path& path, const ShardEntry& entry) {
  Shard shard(path);
  // The shard's own checksums are verified, so that of the file is left to Verify.
  ShardEntry found = entry;
  found.bytes = std::ssize(shard.bytes());
  found.clips = shard.size();
  found.frames = shard.frames();
  const std::string difference = Difference(found, entry);
  if (!difference.empty() || shard.format() != manifest_.format) {
    Fail(ErrorCode::kInvalidFile, Quoted(path.string()), ": ",
         difference.empty() ? "codec or sizes are not the manifest's" : difference);
  }
  ends_.push_back(size() + shard.size());
  shards_.push_back(std::move(shard));
}

std::string Corpus::checksum() const {
  std::string all;
  for (const Shard& shard : shards_) all += StrCat(shard.checksum(), " ", shard.size(), "\n");
  return Crc32Text(all);
}

Utterance Corpus::Get(int64_t index) const {
  if (index < 0 || index >= size()) {
    Fail(ErrorCode::kInvalidArgument, "clip ", index, ": the corpus has ", size());
  }
  const auto shard = std::ranges::upper_bound(ends_, index) - ends_.begin();
  return shards_[static_cast<size_t>(shard)].Get(index - ends_[static_cast<size_t>(shard)] +
                                                 shards_[static_cast<size_t>(shard)].size());
}

std::vector<std::string> Verify(const std::filesystem::path& folder) {
  const Manifest expected = LoadManifest(folder);
  Manifest found;
  std::vector<std::string> problems;
  std::set<std::string> listed;
  for (const ShardEntry& entry : expected.shards) {
    if (!listed.insert(entry.file).second) {
      problems.push_back(StrCat(Quoted(entry.file), ": is listed twice"));
    }
    try {
      AddShard(Shard(folder / entry.file), entry.file, found);
      const std::string difference = Difference(found.shards.back(), entry);
      if (!difference.empty()) problems.push_back(StrCat(Quoted(entry.file), ": ", difference));
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  }
  for (const std::filesystem::path& path : ShardFiles(folder)) {
    if (!listed.contains(path.filename().string())) {
      problems.push_back(StrCat(Quoted(path.string()), ": is not in the manifest"));
    }
  }
  if (problems.empty() && found != expected) {
    problems.push_back(StrCat(Quoted((folder / kManifestFile).string()),
                              ": codec, sizes or counts are not those of the shards"));
  }
  return problems;
}

}  // namespace kani::train
