// A shard: some thousand clips in one safetensors file, so that any safetensors library reads it.
// Its tensors are listed in docs/formats.md; shard_builder.h writes them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/mapped_file.h"
#include "train/data/utterance.h"

namespace kani::train {

/// kSkip checks all but the checksums, so that fuzzing reaches what lies behind them.
enum class Checksums { kVerify, kSkip };

/// A mapped shard. Everything is checked when it is opened (0.3 GB/s measured), so reading a clip
/// cannot fail and takes the same time anywhere in the file. Immutable and thread-safe.
class Shard {
 public:
  /// Throws kNotFound, kIo, or kInvalidFile that names file, section, expected and found.
  explicit Shard(const std::filesystem::path& path);
  /// `bytes` must outlive the shard.
  Shard(std::span<const std::byte> bytes, const std::string& source, Checksums checksums);

  const CorpusFormat& format() const { return format_; }
  /// Clips, at least one.
  int64_t size() const { return size_; }
  /// Frames of all clips.
  int64_t frames() const { return frames_; }
  /// The whole file.
  std::span<const std::byte> bytes() const { return bytes_; }
  /// Of all that is in it: the description's checksum, which holds those of the sections.
  const std::string& checksum() const { return checksum_; }
  /// REQUIRES: 0 <= index < size().
  Utterance Get(int64_t index) const;

 private:
  using Bytes = std::span<const std::byte>;
  /// Texts one behind the other, and where each ends.
  struct Strings {
    Bytes bytes, ends;
    std::string Get(int64_t index) const;
  };
  friend class ShardReader;

  MappedFile file_;
  Bytes bytes_;
  CorpusFormat format_;
  std::string checksum_;
  int64_t size_ = 0, frames_ = 0;
  // Sections of the file, maybe unaligned.
  Strings texts_, ids_, voices_, languages_, sources_;
  Bytes voice_, language_, source_, embedding_, flags_, encoded_len_;  // [B] int32
  Bytes code_ends_;                                                    // [B] int64
  Bytes codes_;                                                        // [F, Q] uint16
  Bytes embeddings_;                                                   // [embeddings, D] fp32
};

}  // namespace kani::train
