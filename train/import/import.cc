#include "train/import/import.h"

#include <algorithm>
#include <array>
#include <functional>

#include "base/error.h"
#include "base/mapped_file.h"
#include "formats/misplaced.h"
#include "train/import/metadata_csv.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array kListNames = {"metadata.csv", "metadata.jsonl", "metadata.tsv"};
// Lists are read in parts of this size, so that none needs memory for all of its text.
constexpr size_t kPartBytes = size_t{4} << 20;

/// Visits whole lines, with the number of the first, and lets go of what was read.
void ForEachPart(const MappedFile& file,
                 const std::function<void(std::string_view, int64_t)>& visit) {
  std::string_view rest = AsText(file.bytes());
  int64_t first_line = 1;
  while (!rest.empty()) {
    const size_t end = rest.size() <= kPartBytes ? rest.size() : rest.find('\n', kPartBytes);
    const std::string_view part = rest.substr(0, end == std::string_view::npos ? end : end + 1);
    visit(part, first_line);
    first_line += std::ranges::count(part, '\n');
    rest.remove_prefix(part.size());
    file.Release(std::as_bytes(std::span(part)));
  }
}

/// Throws for a file that is no text, with what it is.
void RejectWhatIsNoText(std::span<const std::byte> bytes, const std::string& source) {
  if (bytes.empty()) return;
  formats::RejectMisplaced(bytes, source);
  const std::string_view head = AsText(bytes).substr(0, 1024);
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    Fail(ErrorCode::kInvalidFile, source, ": is text in UTF-16, expected UTF-8");
  }
  if (head.starts_with("PK\x03\x04")) {
    Fail(ErrorCode::kInvalidFile, source,
         ": is a zip archive, or a workbook of Excel; unpack it, or save it as CSV in UTF-8");
  }
  const std::string what = formats::WhatItIsInstead(bytes.first(std::min<size_t>(bytes.size(), 8)));
  if (head.find('\0') == std::string_view::npos && what.find("text") != std::string::npos) return;
  const bool is_tar = bytes.size() > 262 && AsText(bytes).substr(257, 5) == "ustar";
  const bool has_controls = std::ranges::any_of(
      head, [](char c) { return (c >= '\0' && c < '\t') || (c > '\r' && c < ' ' && c != '\x1A'); });
  if (!has_controls && what.empty()) return;
  Fail(ErrorCode::kInvalidFile, source, ": is no text, expected a list of recordings",
       is_tar ? ", but is a tar archive; unpack it" : what);
}

fs::path ListIn(const fs::path& folder) {
  std::string names;
  for (const char* name : kListNames) {
    std::error_code error;
    if (fs::is_regular_file(folder / name, error)) return folder / name;
    names += StrCat(names.empty() ? "" : ", ", name);
  }
  Fail(ErrorCode::kNotFound, Quoted(folder.string()), ": has no list, expected one of ", names);
}

RecordingList ImportTable(const MappedFile& file, const fs::path& folder, const std::string& source,
                          const ImportDefaults& defaults) {
  const std::string_view text = AsText(file.bytes());
  MetadataCsvReader reader(text.substr(0, std::min(text.size(), kPartBytes)), folder, source,
                           defaults);
  ForEachPart(file, [&](std::string_view part, int64_t line) { reader.Read(part, line); });
  RecordingList list = reader.Take();
  if (!list.empty() && reader.finder().found() == 0) {
    Fail(ErrorCode::kNotFound, source, ": none of its ", list.size(),
         " recordings is there, the first is ", Quoted(list[0].id), "; ", reader.finder().Looked());
  }
  return list;
}

}  // namespace

RecordingList ImportRecordings(const fs::path& path, const ImportDefaults& given) {
  std::error_code error;
  const fs::path file_path = fs::is_directory(path, error) ? ListIn(path) : path;
  const fs::path folder = file_path.parent_path();
  ImportDefaults defaults = given;
  if (defaults.source.empty()) {
    defaults.source = fs::absolute(folder / ".").parent_path().filename().string();
  }
  const std::string source = Quoted(file_path.string());
  const MappedFile file(file_path);
  RejectWhatIsNoText(file.bytes(), source);
  const std::string_view start = Trimmed(AsText(file.bytes()).substr(0, 1024));
  const bool is_json = start.starts_with('{') || start.starts_with("\xEF\xBB\xBF{");
  if (!is_json && start.starts_with('[')) {
    Fail(ErrorCode::kUnsupported, source,
         ": is one array of JSON, expected one object a line (JSON lines)");
  }
  if (!is_json) return ImportTable(file, folder, source, defaults);
  RecordingList list;
  ForEachPart(file, [&](std::string_view part, int64_t line) {
    ReadJsonl(part, folder, source, defaults, line, list);
  });
  return list;
}

}  // namespace kani::train
