// Lists of recordings as JSON lines.
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "formats/json.h"
#include "train/import/import.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

constexpr size_t kMaxLineBytes = 1 << 18;
constexpr double kMaxSeconds = 1e7;  // 115 days

const std::vector<std::string>& Keys() {
  static const std::vector<std::string> keys = {"audio", "text", "speaker", "language",
                                                "start", "end",  "id",      "source"};
  return keys;
}

Recording ReadRow(const formats::JsonReader& row, const std::filesystem::path& folder,
                  const ImportDefaults& defaults) {
  Recording recording;
  const std::string audio = row.String("audio");
  if (audio.empty() || audio.find('\0') != std::string::npos) {
    Fail(ErrorCode::kInvalidFile, row.source(), ": key 'audio': ", Quoted(audio),
         " is no name of a file");
  }
  recording.path = folder / audio;
  recording.text = Trimmed(row.OptionalString("text").value_or(""));
  recording.speaker = row.OptionalString("speaker").value_or(defaults.speaker);
  recording.language = row.OptionalString("language").value_or(defaults.language);
  recording.source = row.OptionalString("source").value_or(defaults.source);
  const std::optional<double> begin = row.OptionalNumber("start", 0, kMaxSeconds);
  const std::optional<double> end = row.OptionalNumber("end", 0, kMaxSeconds);
  recording.begin_s = begin.value_or(recording.begin_s);
  recording.end_s = end.value_or(recording.end_s);
  recording.id = audio;
  if (begin || end) recording.id += StrCat("#", recording.begin_s, "-", recording.end_s);
  recording.id = row.OptionalString("id").value_or(recording.id);
  return recording;
}

}  // namespace

std::vector<Recording> ParseJsonl(std::string_view jsonl, const std::filesystem::path& folder,
                                  const std::string& source, const ImportDefaults& defaults) {
  std::vector<Recording> out;
  ForEachLine(jsonl, source, kMaxLineBytes, [&](std::string_view line, int64_t number) {
    const std::string where = StrCat(source, ":", number);
    const nlohmann::json object = formats::ParseJson(line, where);
    const formats::JsonReader row(object, where);
    for (const auto& [key, value] : object.items()) {
      if (std::ranges::find(Keys(), key) != Keys().end()) continue;
      Fail(ErrorCode::kInvalidFile, where, ": unknown key ", Quoted(key), "; the nearest known is ",
           Quoted(Nearest(key, Keys())));
    }
    Recording recording = ReadRow(row, folder, defaults);
    CheckRecording(recording, ErrorCode::kInvalidFile, where);
    out.push_back(std::move(recording));
  });
  return out;
}

}  // namespace kani::train
