// Names and limits that the reader and the writer of shards share; docs/formats.md describes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "train/data/utterance.h"

namespace kani::train {

inline constexpr std::string_view kShardDescription = "kani_shard";
inline constexpr std::string_view kShardDescriptionCrc = "kani_shard_crc32";
inline constexpr int64_t kShardVersion = 1;

inline constexpr int64_t kMaxClips = 1 << 20;
inline constexpr int64_t kMaxShardBytes = int64_t{1} << 30;
inline constexpr int64_t kMaxTextBytes = 64 << 10;
inline constexpr int64_t kMaxNameBytes = 1024;
inline constexpr int64_t kMaxFrames = 1 << 20;  // of one clip: 23 hours of NanoCodec
inline constexpr int64_t kMaxCodebooks = 64;
inline constexpr int64_t kMaxCodebookSize = 1 << 16;  // codes are 16 bit
inline constexpr int64_t kMaxSpeakerEmbDim = 4096;
inline constexpr double kMaxFramesPerSecond = 10000;

/// Throws `code` with `where` in front for a format outside the limits.
inline void CheckFormat(const CorpusFormat& format, ErrorCode code, std::string_view where) {
  const auto check = [&](std::string_view what, auto value, auto low, auto high) {
    if (!(value >= low && value <= high)) {
      Fail(code, where, ": ", what, " ", value, ", expected ", low, " to ", high);
    }
  };
  check("bytes of the codec's name", static_cast<int64_t>(format.codec.size()), 1, kMaxNameBytes);
  check("codebooks", format.codebooks, 1, kMaxCodebooks);
  check("codebook_size", format.codebook_size, 2, kMaxCodebookSize);
  check("frames_per_second", format.frames_per_second, 0.01, kMaxFramesPerSecond);
  check("speaker_emb_dim", format.speaker_emb_dim, 0, kMaxSpeakerEmbDim);
}

}  // namespace kani::train
