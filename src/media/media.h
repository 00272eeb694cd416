// Any audio file to float PCM and PCM to compressed files, by FFmpeg. Only apps and train/data link
// it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audio/wav.h"
#include "media/byte_sink.h"

namespace kani::media {

/// What makes sound of bytes that are no plain WAVE. @param source name for messages.
using SoundDecoder = std::function<audio::Sound(std::span<const std::byte> bytes,
                                                const std::string& source, double max_seconds)>;
/// FFmpeg, in this process.
audio::Sound DecodeWithFfmpeg(std::span<const std::byte> bytes, const std::string& source,
                              double max_seconds);

/// Decodes the first audio stream of any container FFmpeg knows, averaged to mono. Plain WAVE is
/// read by src/audio. Nothing is opened that the bytes name, no network protocol, no playlist.
/// Sound that was cut gives what is there and says so (Sound::cut_short), where its format can
/// tell: not an MP3 without a Xing header, nor Ogg that ends with a page. Throws kInvalidFile,
/// kUnsupported, or kResourceExhausted past `max_seconds`.
/// @param source name for messages.
audio::Sound ReadAudio(std::span<const std::byte> bytes, const std::string& source,
                       double max_seconds = 3600, const SoundDecoder& decode = DecodeWithFfmpeg);
/// The same of a local file of at most 1 GiB. Throws kNotFound and kIo, too.
audio::Sound ReadAudio(const std::filesystem::path& path, double max_seconds = 3600,
                       const SoundDecoder& decode = DecodeWithFfmpeg);

/// Formats by extension: .wav .flac .mp3 .opus .m4a .aac.
bool IsOutputExtension(std::string_view extension);
std::string OutputExtensions();  ///< for messages

/// Writes PCM as it comes.
class AudioWriter {
 public:
  /// Into a sink; one that is not seekable gets the bytes of whole encoded frames at once. What the
  /// sink throws passes through. Throws kUnsupported for the extension.
  static std::unique_ptr<AudioWriter> Open(std::unique_ptr<ByteSink> sink,
                                           std::string_view extension, int sample_rate_hz);
  /// Into a file that appears on Finish() only. Throws kIo, too.
  static std::unique_ptr<AudioWriter> Open(const std::filesystem::path& path, int sample_rate_hz);
  virtual ~AudioWriter() = default;
  virtual void Write(std::span<const float> samples) = 0;
  /// Writes what is held back and finishes the sink.
  virtual void Finish() = 0;
};

/// Plays through the default device.
class Player {
 public:
  /// Null when there is no device.
  static std::unique_ptr<Player> Open(int sample_rate_hz);
  virtual ~Player() = default;
  virtual void Play(std::span<const float> samples) = 0;
  virtual void Drain() = 0;
};

}  // namespace kani::media
