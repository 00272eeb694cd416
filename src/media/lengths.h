// What a file says of its length, and what is missing of it: for the reader alone.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "audio/wav.h"
#include "media/ffmpeg.h"

namespace kani::media {

/// What was seen while a stream was read to its end.
struct Reading {
  int64_t packets = 0;
  int64_t damaged_packets = 0;
  int64_t begin = 0, end = 0;  ///< of the packets, in the stream's time
  int64_t missing = 0;         ///< of it, between packets: Ogg pages and WebM blocks that were lost
  int64_t longest_frame = 0;   ///< in samples
  int result = 0;              ///< of reading the packet that was not there
};

/// Text of Sound::cut_short. Throws kInvalidFile when most packets were damaged: what is left is
/// noise.
std::string WhatIsMissing(const AVFormatContext& input, const AVStream& stream,
                          const Reading& reading, std::span<const std::byte> bytes,
                          const audio::Sound& sound, const std::string& source);

/// Takes off the padding of the last packet of an MP4 file, which decoders hand out.
void DropPadding(const AVFormatContext& input, const AVStream& stream, const Reading& reading,
                 std::span<const std::byte> bytes, audio::Sound& sound);

/// How many samples an Ogg file holds whose sound is all in one page: what libsndfile writes of
/// short clips. FFmpeg 5.1 leaves the padding of the last block on such a stream, or takes the
/// block off. Nothing for other files.
std::optional<int64_t> OnePageSamples(std::span<const std::byte> bytes);

}  // namespace kani::media
