#include "media/lengths.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include "audio/mp4_length.h"
#include "base/error.h"

namespace kani::media {
namespace {

/// Samples that a file says it holds, where it says so in its head; 0 where it does not. A length
/// that was found by looking at the end of the file, or guessed from its size, tells nothing, and
/// that of a film need not be that of its sound.
int64_t SaidSamples(const AVFormatContext& input, const AVStream& stream, int sample_rate_hz) {
  if (input.duration_estimation_method != AVFMT_DURATION_FROM_STREAM) return 0;
  int streams = 0;
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    streams += (input.streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 ? 0 : 1;
  }
  if (streams > 1) return 0;
  const AVRational samples{1, sample_rate_hz};
  if (stream.duration > 0) return av_rescale_q(stream.duration, stream.time_base, samples);
  // Matroska has one length for all of its streams.
  return input.duration > 0 ? av_rescale_q(input.duration, AV_TIME_BASE_Q, samples) : 0;
}

struct OggPage {
  size_t bytes = 0;      ///< with its header; 0: not all there
  int flags = 0;         ///< 4: the last of its stream
  int64_t position = 0;  ///< in samples, behind it
};

/// The page at the beginning of `bytes`; nothing where none begins.
std::optional<OggPage> ReadOggPage(std::span<const std::byte> bytes) {
  constexpr size_t kHeaderBytes = 27;  // without the table of segments
  if (bytes.size() < 4 || std::memcmp(bytes.data(), "OggS", 4) != 0) return std::nullopt;
  OggPage page;
  if (bytes.size() < kHeaderBytes) return page;
  const auto segments = std::to_integer<size_t>(bytes[kHeaderBytes - 1]);
  if (bytes.size() < kHeaderBytes + segments) return page;
  page.flags = std::to_integer<int>(bytes[5]);
  std::memcpy(&page.position, bytes.data() + 6, sizeof page.position);
  size_t size = kHeaderBytes + segments;
  for (const std::byte segment : bytes.subspan(kHeaderBytes, segments)) {
    size += std::to_integer<size_t>(segment);
  }
  if (bytes.size() >= size) page.bytes = size;
  return page;
}

/// Ogg says how long each page is and not how long the file is: whether the last page is not all
/// there.
bool IsLastOggPageCut(std::span<const std::byte> bytes) {
  while (const std::optional<OggPage> page = ReadOggPage(bytes)) {
    if (page->bytes == 0) return true;
    bytes = bytes.subspan(page->bytes);
  }
  return false;
}

/// What the end of the file shows.
std::string WhatTheEndLacks(const AVFormatContext& input, const AVStream& stream,
                            const Reading& reading, std::span<const std::byte> bytes,
                            const audio::Sound& sound) {
  // Frames that encoders count or do not count: 72 ms is the longest of MP3.
  constexpr double kUnmissedSeconds = 0.15;
  const int64_t said = SaidSamples(input, stream, sound.sample_rate_hz);
  const int64_t found = std::max(av_rescale_q(reading.end - reading.begin, stream.time_base,
                                              AVRational{1, sound.sample_rate_hz}),
                                 std::ssize(sound.samples));
  if (static_cast<double>(said - found) > kUnmissedSeconds * sound.sample_rate_hz) {
    return audio::CutShortText(said, sound.samples.size());
  }
  if (reading.result != AVERROR_EOF) {
    return StrCat("damaged behind sample ", sound.samples.size(), ": ",
                  FfmpegError(reading.result));
  }
  if (IsLastOggPageCut(bytes)) {
    return StrCat("the file ends within a page, behind sample ", sound.samples.size());
  }
  return "";
}

bool IsMp4(const AVFormatContext& input) {
  return std::string_view(input.iformat->name).find("mp4") != std::string_view::npos;
}

}  // namespace

std::string WhatIsMissing(const AVFormatContext& input, const AVStream& stream,
                          const Reading& reading, std::span<const std::byte> bytes,
                          const audio::Sound& sound, const std::string& source) {
  std::string damage;
  if (reading.damaged_packets > 0) {
    damage = StrCat(reading.damaged_packets, " of ", reading.packets, " packets are damaged");
  }
  if (2 * reading.damaged_packets > reading.packets) {
    Fail(ErrorCode::kInvalidFile, source, ": ", damage);
  }
  if (sound.sample_rate_hz == 0) return damage;
  std::string out = WhatTheEndLacks(input, stream, reading, bytes, sound);
  // Vorbis leaves up to two of its long blocks between the times of pages.
  constexpr double kUnmissedGap = 0.25;
  const double missing_s = static_cast<double>(reading.missing) * av_q2d(stream.time_base);
  if (missing_s > kUnmissedGap) {
    if (!damage.empty()) damage += "; ";
    damage += StrCat(missing_s, " s are missing within");
  }
  if (!out.empty() && !damage.empty()) out += "; ";
  return out + damage;
}

std::optional<int64_t> OnePageSamples(std::span<const std::byte> bytes) {
  constexpr int kLast = 4;
  int64_t samples = 0;
  while (const std::optional<OggPage> page = ReadOggPage(bytes)) {
    // Pages of headers are at position 0; -1 where no packet ends.
    if (page->bytes == 0 || samples != 0 || page->position < 0) return std::nullopt;
    if (page->position > 0 && (page->flags & kLast) == 0) return std::nullopt;
    samples = page->position;
    bytes = bytes.subspan(page->bytes);
  }
  return samples > 0 ? std::optional(samples) : std::nullopt;
}

void DropPadding(const AVFormatContext& input, const AVStream& stream, const Reading& reading,
                 std::span<const std::byte> bytes, audio::Sound& sound) {
  if (!IsMp4(input) || sound.sample_rate_hz == 0) return;
  int64_t samples = 0;
  if (const std::optional<audio::Mp4Length> length = audio::ReadMp4Length(bytes)) {
    samples = av_rescale(length->units, sound.sample_rate_hz, length->timescale);
  } else if (stream.duration > 0) {
    samples = av_rescale_q(stream.duration, stream.time_base, AVRational{1, sound.sample_rate_hz});
  }
  // A length that would take more than the last packet is a wrong one.
  const int64_t padding = std::ssize(sound.samples) - samples;
  if (samples > 0 && padding > 0 && padding < reading.longest_frame) {
    sound.samples.resize(static_cast<size_t>(samples));
  }
}

}  // namespace kani::media
