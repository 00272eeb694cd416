// RIFF WAVE: reads PCM 8/16/24/32 bit and float, writes 16-bit mono; no library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace kani::audio {

/// Decoded sound. Several channels are averaged to mono when read.
struct Sound {
  std::vector<float> samples;
  int sample_rate_hz = 0;
};

/// Throws kInvalidFile (not WAVE, zero rate, no channels, truncated header) or kUnsupported
/// (codec).
Sound ParseWav(std::span<const std::byte> bytes, const std::string& source);
/// 44-byte header for `sample_count` 16-bit mono samples; 0xFFFFFFFF sizes when the count is
/// unknown (streaming to a pipe).
std::vector<std::byte> WavHeader(int sample_rate_hz, uint64_t sample_count, bool unknown_length);
/// Clips to [-1, 1] and rounds to nearest.
std::vector<int16_t> ToPcm16(std::span<const float> samples);
/// Writes atomically. Throws kIo, or kResourceExhausted past the format's 4 GiB.
void WriteWav(const std::filesystem::path& path, std::span<const float> samples,
              int sample_rate_hz);

}  // namespace kani::audio
