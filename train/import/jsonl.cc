// Lists of recordings as JSON lines.
#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"
#include "formats/json.h"
#include "train/import/import.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

constexpr double kMaxSeconds = 1e7;  // 115 days

// The names that tools give the same thing, ours first.
using Names = std::span<const std::string_view>;
constexpr std::string_view kAudio[] = {"audio", "audio_filepath", "audio_path", "file_name", "wav",
                                       "path"};
constexpr std::string_view kText[] = {"text", "transcription", "transcript", "sentence"};
constexpr std::string_view kNormalised[] = {"normalized_text", "text_normalized"};
constexpr std::string_view kSpeaker[] = {"speaker", "speaker_id", "speaker_name", "client_id"};
constexpr std::string_view kLanguage[] = {"language", "lang", "locale"};
// NeMo's offset is a start, and its duration then tells the end.
constexpr std::string_view kOthers[] = {"start",  "end",      "id",    "source",
                                        "offset", "duration", "dnsmos"};
// What NeMo, Emilia and others say besides, of which nothing is made here.
constexpr std::string_view kIgnored[] = {
    "phone_count", "sample_rate", "num_samples", "gender",        "accent",
    "age",         "emotion",     "pred_text",   "speaker_count", "pnc",
    "taskname",    "source_lang", "target_lang", "is_phoneme",    "channel"};

const std::vector<std::string>& KnownKeys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> out;
    for (const Names names : {Names(kAudio), Names(kText), Names(kNormalised), Names(kSpeaker),
                              Names(kLanguage), Names(kOthers), Names(kIgnored)}) {
      out.insert(out.end(), names.begin(), names.end());
    }
    return out;
  }();
  return keys;
}

/// The one of several names that a row has. Throws if it has two.
std::string_view KeyOf(const formats::JsonReader& row, Names names) {
  std::string_view found;
  for (const std::string_view name : names) {
    if (!row.Has(name)) continue;
    if (!found.empty()) {
      Fail(ErrorCode::kInvalidFile, row.source(), ": keys ", Quoted(found), " and ", Quoted(name),
           " say the same, expected one of them");
    }
    found = name;
  }
  return found.empty() ? names[0] : found;
}

std::string TextOf(const formats::JsonReader& row, Names names, const std::string& otherwise) {
  const std::string_view key = KeyOf(row, names);
  // Speakers have numbers too.
  const nlohmann::json* value = row.Find(key);
  if (value != nullptr && value->is_number_integer() && names.data() == kSpeaker) {
    return value->dump();
  }
  return row.OptionalString(key).value_or(otherwise);
}

void ReadTimes(const formats::JsonReader& row, ListedRecording& recording) {
  std::optional<double> begin = row.OptionalNumber("start", 0, kMaxSeconds);
  std::optional<double> end = row.OptionalNumber("end", 0, kMaxSeconds);
  const std::optional<double> duration = row.OptionalNumber("duration", 0, kMaxSeconds);
  if (const auto offset = row.OptionalNumber("offset", 0, kMaxSeconds); offset && !begin) {
    begin = offset;
    if (duration && !end && (*offset > 0 || *duration > 0)) end = *offset + *duration;
  }
  recording.stated_s = duration.value_or(0);
  recording.begin_s = begin.value_or(recording.begin_s);
  recording.end_s = end.value_or(recording.end_s);
  if (begin || end) recording.id += StrCat("#", recording.begin_s, "-", recording.end_s);
}

/// The name of a file, as it stands or as `datasets` writes its Audio: {"bytes": null, "path": …}.
std::string AudioOf(const formats::JsonReader& row, std::string_view key) {
  const nlohmann::json* value = row.Find(key);
  if (value == nullptr || !value->is_object()) return row.String(key);
  const formats::JsonReader audio(*value, StrCat(row.source(), ": key ", Quoted(key)));
  if (audio.Find("bytes") != nullptr) {
    Fail(ErrorCode::kUnsupported, audio.source(),
         ": holds the sound itself, which is not read from JSON; save it as Parquet");
  }
  return audio.String("path");
}

ListedRecording ReadRow(const formats::JsonReader& row, const std::filesystem::path& folder,
                        const ImportDefaults& defaults) {
  ListedRecording recording;
  const std::string_view key = KeyOf(row, kAudio);
  const std::string audio = AudioOf(row, key);
  if (audio.empty() || audio.find('\0') != std::string::npos) {
    Fail(ErrorCode::kInvalidFile, row.source(), ": key ", Quoted(key), ": ", Quoted(audio),
         " is no name of a file");
  }
  recording.path = folder / audio;
  recording.text = Trimmed(TextOf(row, kNormalised, TextOf(row, kText, "")));
  recording.speaker = TextOf(row, kSpeaker, defaults.speaker);
  recording.language = TextOf(row, kLanguage, defaults.language);
  recording.source = row.OptionalString("source").value_or(defaults.source);
  recording.id = audio;
  ReadTimes(row, recording);
  recording.id = row.OptionalString("id").value_or(recording.id);
  return recording;
}

/// A hint only where the known key is near enough to be meant.
void RejectUnknownKeys(const nlohmann::json& object, const std::string& where) {
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(KnownKeys(), key) != KnownKeys().end()) continue;
    const std::string_view nearest = Nearest(key, KnownKeys());
    const bool is_near = 3 * EditDistance(key, nearest) <= std::ssize(key);
    Fail(ErrorCode::kInvalidFile, where, ": unknown key ", Quoted(key),
         is_near ? StrCat("; the nearest known is ", Quoted(nearest)) : "");
  }
}

}  // namespace

void ReadJsonl(std::string_view jsonl, const std::filesystem::path& folder,
               const std::string& source, const ImportDefaults& defaults, int64_t first_line,
               RecordingList& list) {
  ForEachLine(
      jsonl, source, kMaxListLineBytes,
      [&](std::string_view line, int64_t number) {
        const std::string where = StrCat(source, ":", number);
        const nlohmann::json object = formats::ParseJson(line, where);
        const formats::JsonReader row(object, where);
        RejectUnknownKeys(object, where);
        const std::optional<double> dnsmos = row.OptionalNumber("dnsmos", 0, 5);
        if (dnsmos && *dnsmos < defaults.min_dnsmos) return;
        const ListedRecording recording = ReadRow(row, folder, defaults);
        CheckRecording(recording, ErrorCode::kInvalidFile, where);
        list.Add(recording);
      },
      first_line);
}

RecordingList ParseJsonl(std::string_view jsonl, const std::filesystem::path& folder,
                         const std::string& source, const ImportDefaults& defaults) {
  RecordingList list;
  ReadJsonl(jsonl, folder, source, defaults, 1, list);
  return list;
}

}  // namespace kani::train
