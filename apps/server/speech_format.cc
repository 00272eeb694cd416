#include "apps/server/speech_format.h"

#include <algorithm>
#include <iterator>

namespace kani::server {
namespace {

constexpr SpeechFormat kFormats[] = {
    {"mp3", "audio/mpeg", ".mp3"},   {"opus", "audio/ogg", ".opus"}, {"aac", "audio/aac", ".aac"},
    {"flac", "audio/flac", ".flac"}, {"wav", "audio/wav", ".wav"},   {"pcm", "audio/pcm", ""},
};

}  // namespace

const SpeechFormat* FindSpeechFormat(std::string_view name) {
  const auto found = std::ranges::find(kFormats, name, &SpeechFormat::name);
  return found == std::end(kFormats) ? nullptr : found;
}

std::vector<std::string> SpeechFormatList() {
  std::vector<std::string> names;
  for (const SpeechFormat& format : kFormats) names.emplace_back(format.name);
  return names;
}

std::string SpeechFormatNames() {
  std::string names;
  for (const SpeechFormat& format : kFormats) {
    names += names.empty() ? "" : ", ";
    names += format.name;
  }
  return names;
}

}  // namespace kani::server
