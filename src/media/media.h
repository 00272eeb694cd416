// Any audio file to float PCM and PCM to compressed files, by FFmpeg. Only apps and train/data link
// it.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audio/wav.h"
#include "media/byte_sink.h"

namespace kani::media {

/// Decodes the first audio stream of any container FFmpeg knows, averaged to mono. WAV is read by
/// src/audio. Only local files are opened, no network protocol, no playlist. A file that was cut
/// gives the sound that is there and says so (Sound::cut_short), where its format can tell: not an
/// MP3 without a Xing header, nor Ogg that ends with a page. Throws kNotFound, kInvalidFile,
/// kUnsupported, or kResourceExhausted past `max_seconds`.
audio::Sound ReadAudio(const std::filesystem::path& path, double max_seconds = 3600);

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
