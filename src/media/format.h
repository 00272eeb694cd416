// The output formats: what a file extension means to FFmpeg.
#pragma once

#include <cstdint>
#include <string_view>

namespace kani::media {

struct OutputFormat {
  std::string_view extension;  ///< ".mp3"
  const char* muxer;           ///< null: WAV, written by src/audio
  const char* encoder;
  int sample_rate_hz;     ///< the only rate used, or 0 for the nearest the encoder takes
  int64_t bits_a_second;  ///< 0: lossless, or by quality
};

/// Null for an extension that is not written.
const OutputFormat* FindOutputFormat(std::string_view extension);

}  // namespace kani::media
