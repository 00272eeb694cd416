#include "train/data/shard_parts.h"

#include <cstdio>
#include <utility>

namespace kani::train {
namespace {

std::filesystem::path PartPath(std::filesystem::path path, size_t part) {
  if (part == 0) return path;
  char ending[40];
  std::snprintf(ending, sizeof ending, ".part-%05zu.safetensors", part);
  return path.replace_extension(ending);
}

}  // namespace

ShardParts::ShardParts(CorpusFormat format, int64_t max_clips, int64_t max_bytes)
    : format_(std::move(format)), max_clips_(max_clips), max_bytes_(max_bytes) {
  parts_.emplace_back(format_);
}

void ShardParts::Add(const Utterance& utterance) {
  const ShardBuilder& last = parts_.back();
  if (last.size() >= max_clips_ || last.size_bytes() >= max_bytes_) parts_.emplace_back(format_);
  parts_.back().Add(utterance);
  ++size_;
}

void ShardParts::Write(const std::filesystem::path& path) const {
  std::error_code error;
  for (size_t part = parts_.size(); std::filesystem::remove(PartPath(path, part), error);) ++part;
  for (size_t part = parts_.size(); part-- > 0;) parts_[part].Write(PartPath(path, part));
}

}  // namespace kani::train
