#include "train/import/import.h"

#include "base/error.h"
#include "base/mapped_file.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

constexpr const char* kMetadataFile = "metadata.csv";

ImportDefaults WithSource(ImportDefaults defaults, const std::filesystem::path& folder) {
  if (defaults.source.empty()) {
    defaults.source = std::filesystem::absolute(folder / ".").parent_path().filename().string();
  }
  return defaults;
}

}  // namespace

std::vector<Recording> ImportMetadataCsv(const std::filesystem::path& folder,
                                         const ImportDefaults& defaults) {
  const std::filesystem::path path = folder / kMetadataFile;
  const MappedFile file(path);
  return ParseMetadataCsv(AsText(file.bytes()), folder, Quoted(path.string()),
                          WithSource(defaults, folder));
}

std::vector<Recording> ImportJsonl(const std::filesystem::path& path,
                                   const ImportDefaults& defaults) {
  const MappedFile file(path);
  const std::filesystem::path folder = path.parent_path();
  return ParseJsonl(AsText(file.bytes()), folder, Quoted(path.string()),
                    WithSource(defaults, folder));
}

std::vector<Recording> ImportRecordings(const std::filesystem::path& path,
                                        const ImportDefaults& defaults) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return ImportMetadataCsv(path, defaults);
  if (path.extension() == ".jsonl") return ImportJsonl(path, defaults);
  Fail(std::filesystem::exists(path, error) ? ErrorCode::kUnsupported : ErrorCode::kNotFound,
       Quoted(path.string()), ": expected a folder with ", kMetadataFile, " or a .jsonl file");
}

}  // namespace kani::train
