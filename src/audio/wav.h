// RIFF and RIFX WAVE: reads PCM 8/16/24/32 bit and float 32/64 bit, writes 16-bit mono; no library.
// Format: Microsoft "Multiple channel audio data and WAVE files".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace kani::audio {

/// Decoded sound. Several channels are averaged to mono when read; where they cancel each other
/// out, the loudest is taken (audio/channel_energy.h).
struct Sound {
  std::vector<float> samples;  ///< full scale is [-1, 1); float files may exceed it or hold NaN
  int sample_rate_hz = 0;
  /// What is missing of a file that was cut or damaged, for people: "the file says 30720 samples,
  /// 8192 are there". Empty for a whole one.
  std::string cut_short{};
};

/// The text of Sound::cut_short.
std::string CutShortText(int64_t said_samples, size_t found_samples);

/// A data chunk that claims more than is there ends with the bytes: the file was cut short. One
/// whose size was never filled in (0 or 0xFFFFFFFF: a stream, a recorder that was killed), or not
/// again (what follows is no chunk), ends there too, and is whole. Throws kInvalidFile (not WAVE,
/// impossible format chunk, no data) or kUnsupported (codec, RF64).
/// @param source name for messages.
Sound ParseWav(std::span<const std::byte> bytes, const std::string& source);
/// 44-byte header for `sample_count` 16-bit mono samples; 0xFFFFFFFF sizes when the count is
/// unknown (streaming to a pipe). Throws kResourceExhausted past the format's 4 GiB.
std::vector<std::byte> WavHeader(int sample_rate_hz, uint64_t sample_count, bool unknown_length);
/// Scales by 32768, rounds to nearest and clips; NaN becomes 0. The inverse of reading 16 bit.
std::vector<int16_t> ToPcm16(std::span<const float> samples);
/// Writes atomically. Throws kIo, or kResourceExhausted past the format's 4 GiB.
void WriteWav(const std::filesystem::path& path, std::span<const float> samples,
              int sample_rate_hz);

}  // namespace kani::audio
