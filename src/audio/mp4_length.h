// How much sound an MP4 file holds, from its tables alone. FFmpeg 5.1 gives the length of an edit
// list, which most writers round to milliseconds, and no other for the padding of the last packet.
// Format: ISO/IEC 14496-12.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace kani::audio {

struct Mp4Length {
  int64_t units = 0;      ///< of sound behind what the edit list skips
  int64_t timescale = 0;  ///< units a second, positive
};

/// Of the first track of sound, where its table of samples has all of it: nothing for a file of
/// fragments, more than one edit, or tables that are damaged. An edit that ends before the table
/// does, by more than it is rounded, decides.
std::optional<Mp4Length> ReadMp4Length(std::span<const std::byte> bytes);

}  // namespace kani::audio
