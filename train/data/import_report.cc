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
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    for (const Dropped& dropped : report.dropped) {
      if (dropped.reason != reason) continue;
      files.push_back({{"file", dropped.file}, {"id", dropped.id}, {"detail", dropped.detail}});
    }
    json["dropped"][DropReasonName(reason)] = {{"count", files.size()}, {"files", files}};
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
    const std::string name(DropReasonName(reason));
    // Reports of before it was looked for.
    if (reason == DropReason::kCutShort && reasons.Find(name) == nullptr) continue;
    const formats::JsonReader list(reasons.Object(name), StrCat(source, ": ", name));
    for (const nlohmann::json& file : list.Array("files")) {
      const formats::JsonReader row(file, list.source());
      report.dropped.push_back(
          {reason, row.String("file"), row.String("id"), row.String("detail")});
    }
  }
  return report;
}

}  // namespace kani::train
