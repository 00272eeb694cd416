// Lists with one recording a line: LJSpeech's layout and its many relatives.
#include "train/import/metadata_csv.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "train/import/text_lines.h"

namespace kani::train {

MetadataCsvReader::MetadataCsvReader(std::string_view head, const std::filesystem::path& folder,
                                     std::string source, const ImportDefaults& defaults)
    : source_(std::move(source)),
      defaults_(defaults),
      dialect_(RecogniseTable(head, source_, defaults.columns)),
      finder_(folder) {}

void MetadataCsvReader::Read(std::string_view text, int64_t first_line) {
  ForEachLine(
      text, source_, kMaxListLineBytes,
      [&](std::string_view line, int64_t number) { ReadLine(line, number); }, first_line);
}

void MetadataCsvReader::ReadLine(std::string_view line, int64_t number) {
  if (!std::exchange(is_behind_first_, true) && dialect_.has_header) return;
  const std::string where = StrCat(source_, ":", number);
  if (!SplitFields(line, dialect_, fields_) &&
      (dialect_.separator == ',' || dialect_.separator == ';')) {
    Fail(ErrorCode::kInvalidFile, where,
         ": a field in quotes does not end on its line; each recording has one line");
  }
  const size_t expected = dialect_.columns.size();
  const bool lacks_normalised = fields_.size() + 1 == expected && fields_.size() > 1 &&
                                dialect_.columns.back() == Column::kNormalised;
  if (fields_.size() != expected && !lacks_normalised) {
    Fail(ErrorCode::kInvalidFile, where, ": ", fields_.size(), " fields, expected ", expected);
  }
  ListedRecording recording;
  recording.speaker = defaults_.speaker;
  recording.language = defaults_.language;
  recording.source = defaults_.source;
  for (size_t i = 0; i < fields_.size(); ++i) {
    std::string& field = fields_[i];
    switch (dialect_.columns[i]) {
      case Column::kAudio:
        recording.id = std::move(field);
        break;
      case Column::kText:
        if (recording.text.empty()) recording.text = std::move(field);
        break;
      case Column::kNormalised:
        if (!field.empty()) recording.text = std::move(field);
        break;
      case Column::kSpeaker:
        if (!field.empty()) recording.speaker = std::move(field);
        break;
      case Column::kLanguage:
        if (!field.empty()) recording.language = std::move(field);
        break;
      case Column::kIgnored:
        break;
    }
  }
  if (recording.id.find('\0') != std::string::npos) {
    Fail(ErrorCode::kInvalidFile, where, ": id holds a zero byte");
  }
  recording.path = "wavs/" + recording.id;  // not to ask the file system for what is no name
  CheckRecording(recording, ErrorCode::kInvalidFile, where);
  recording.path = finder_.Find(recording.id);
  list_.Add(recording);
}

RecordingList MetadataCsvReader::Take() { return std::move(list_); }

RecordingList ParseMetadataCsv(std::string_view csv, const std::filesystem::path& folder,
                               const std::string& source, const ImportDefaults& defaults) {
  MetadataCsvReader reader(csv, folder, source, defaults);
  reader.Read(csv, 1);
  return reader.Take();
}

}  // namespace kani::train
