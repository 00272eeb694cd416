#include "train/data/import_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"

namespace kani::train {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kMaxReportBytes = size_t{1} << 30;

/// The rows that `is_one` takes, with their number.
template <typename Row, typename IsOne>
nlohmann::ordered_json FilesOf(const std::vector<Row>& rows, const IsOne& is_one) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const Row& row : rows) {
    if (is_one(row)) files.push_back({{"file", row.file}, {"id", row.id}, {"detail", row.detail}});
  }
  const size_t count = files.size();
  return {{"count", count}, {"files", std::move(files)}};
}

/// Appends what FilesOf wrote under `name`; nothing where it is not there.
template <typename Row, typename Kind>
void AppendFiles(const formats::JsonReader& kinds, std::string_view name, Kind kind,
                 std::vector<Row>& rows) {
  if (kinds.Find(name) == nullptr) return;
  const formats::JsonReader list(kinds.Object(name), StrCat(kinds.source(), ": ", name));
  for (const nlohmann::json& file : list.Array("files")) {
    const formats::JsonReader row(file, list.source());
    rows.push_back({kind, row.String("file"), row.String("id"), row.String("detail")});
  }
}

}  // namespace

std::string_view DropReasonName(DropReason reason) {
  switch (reason) {
    case DropReason::kTooLong:
      return "too long";
    case DropReason::kTooShort:
      return "too short";
    case DropReason::kSilent:
      return "silent";
    case DropReason::kClipped:
      return "clipped";
    case DropReason::kUnreadable:
      return "unreadable";
    case DropReason::kNoTranscript:
      return "no transcript";
    case DropReason::kCutShort:
      return "cut short";
  }
  Fail(ErrorCode::kInternal, "reason ", static_cast<int>(reason));
}

std::string_view DoubtName(Doubt doubt) {
  switch (doubt) {
    case Doubt::kOtherLength:
      return "another length than its list says";
    case Doubt::kSlowSpeech:
      return "little text for its length";
  }
  Fail(ErrorCode::kInternal, "doubt ", static_cast<int>(doubt));
}

int64_t ImportReport::Count(Doubt doubt) const {
  return std::ranges::count(doubtful, doubt, &Doubtful::doubt);
}

int64_t ImportReport::Count(DropReason reason) const {
  return std::ranges::count(dropped, reason, &Dropped::reason);
}

void WriteReport(const ImportReport& report, const std::filesystem::path& path) {
  nlohmann::ordered_json json = {{"kani_import_report", kVersion},
                                 {"inputs", report.inputs},
                                 {"clips", report.clips},
                                 {"seconds", report.seconds},
                                 {"without_voice", report.without_voice}};
  for (const DropReason reason : kDropReasons) {
    json["dropped"][DropReasonName(reason)] =
        FilesOf(report.dropped, [&](const Dropped& row) { return row.reason == reason; });
  }
  for (const Doubt doubt : kDoubts) {
    json["doubtful"][DoubtName(doubt)] =
        FilesOf(report.doubtful, [&](const Doubtful& row) { return row.doubt == doubt; });
  }
  // File names need not be UTF-8.
  const std::string text =
      json.dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  WriteFileAtomically(path, std::as_bytes(std::span(text)));
}

ImportReport LoadReport(const std::filesystem::path& path) {
  return ParseReport(ReadTextFile(path, kMaxReportBytes), Quoted(path.string()));
}

ImportReport ParseReport(std::string_view json, const std::string& source) {
  const nlohmann::json parsed = formats::ParseJson(json, source);
  const formats::JsonReader reader(parsed, source);
  (void)reader.Int("kani_import_report", kVersion, kVersion);
  ImportReport report;
  report.inputs = reader.String("inputs");
  report.clips = reader.Int("clips", 0, INT64_MAX);
  report.seconds = reader.Number("seconds");
  report.without_voice = reader.Int("without_voice", 0, report.clips);
  const formats::JsonReader reasons(reader.Object("dropped"), source);
  for (const DropReason reason : kDropReasons) {
    // Reports of before it was looked for have none that were cut short.
    if (reason != DropReason::kCutShort) (void)reasons.Object(DropReasonName(reason));
    AppendFiles(reasons, DropReasonName(reason), reason, report.dropped);
  }
  if (reader.Find("doubtful") != nullptr) {
    const formats::JsonReader doubts(reader.Object("doubtful"), source);
    for (const Doubt doubt : kDoubts) AppendFiles(doubts, DoubtName(doubt), doubt, report.doubtful);
  }
  return report;
}

}  // namespace kani::train
