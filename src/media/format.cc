#include "media/format.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "media/media.h"

namespace kani::media {
namespace {

// Bit rates are for mono speech. Opus always runs at 48 kHz inside.
constexpr OutputFormat kFormats[] = {
    {".wav", nullptr, nullptr, 0, 0},    {".flac", "flac", "flac", 0, 0},
    {".mp3", "mp3", "libmp3lame", 0, 0}, {".opus", "opus", "libopus", 48000, 64000},
    {".m4a", "ipod", "aac", 0, 96000},   {".aac", "adts", "aac", 0, 96000},
};

}  // namespace

const OutputFormat* FindOutputFormat(std::string_view extension) {
  std::string lower(extension);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto found = std::find_if(std::begin(kFormats), std::end(kFormats),
                                  [&](const auto& format) { return format.extension == lower; });
  return found == std::end(kFormats) ? nullptr : found;
}

bool IsOutputExtension(std::string_view extension) {
  return FindOutputFormat(extension) != nullptr;
}

std::string OutputExtensions() {
  std::string all;
  for (const OutputFormat& format : kFormats) {
    if (!all.empty()) all += ' ';
    all += format.extension;
  }
  return all;
}

}  // namespace kani::media
