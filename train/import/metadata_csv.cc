// Lists in LJSpeech's layout: no header, no quoting, fields parted by |.
#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "train/import/import.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

constexpr size_t kMaxLineBytes = 1 << 18;

std::filesystem::path FindSound(const std::filesystem::path& folder, const std::string& id) {
  constexpr std::array kExtensions = {".wav", ".flac", ".opus", ".ogg", ".mp3", ".m4a"};
  const std::filesystem::path stem = folder / "wavs" / id;
  for (const char* extension : kExtensions) {
    std::filesystem::path path = stem;
    path += extension;
    if (std::error_code error; std::filesystem::exists(path, error)) return path;
  }
  // Not there: whoever reads it says so, of the name that it should have.
  return stem.string() + kExtensions[0];
}

/// The field before the next |, which is taken off `line`; nothing at the end of the line.
std::string_view NextField(std::string_view& line) {
  const size_t end = line.find('|');
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return Trimmed(field);
}

}  // namespace

std::vector<Recording> ParseMetadataCsv(std::string_view csv, const std::filesystem::path& folder,
                                        const std::string& source, const ImportDefaults& defaults) {
  std::vector<Recording> out;
  ForEachLine(csv, source, kMaxLineBytes, [&](std::string_view line, int64_t number) {
    const std::string where = StrCat(source, ":", number);
    const auto bars = std::ranges::count(line, '|');
    if (bars < 1 || bars > 2) {
      Fail(ErrorCode::kInvalidFile, where, ": ", bars + 1,
           " fields, expected id|text or id|text|normalised");
    }
    Recording recording;
    recording.id = NextField(line);
    recording.text = NextField(line);
    if (const std::string_view normalised = NextField(line); !normalised.empty()) {
      recording.text = normalised;
    }
    recording.speaker = defaults.speaker;
    recording.language = defaults.language;
    recording.source = defaults.source;
    if (recording.id.find('\0') != std::string::npos) {
      Fail(ErrorCode::kInvalidFile, where, ": id holds a zero byte");
    }
    recording.path = folder / "wavs" / recording.id;
    CheckRecording(recording, ErrorCode::kInvalidFile, where);
    recording.path = FindSound(folder, recording.id);
    out.push_back(std::move(recording));
  });
  return out;
}

}  // namespace kani::train
