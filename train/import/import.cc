#include "train/import/import.h"

#include "base/error.h"
#include "base/read_file.h"
#include "train/import/text_lines.h"

namespace kani::train {
namespace {

constexpr const char* kMetadataFile = "metadata.csv";
constexpr size_t kMaxListBytes = size_t{8} << 30;  // tens of millions of recordings

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
  return ParseMetadataCsv(ReadTextFile(path, kMaxListBytes), folder, Quoted(path.string()),
                          WithSource(defaults, folder));
}

std::vector<Recording> ImportJsonl(const std::filesystem::path& path,
                                   const ImportDefaults& defaults) {
  const std::filesystem::path folder = path.parent_path();
  return ParseJsonl(ReadTextFile(path, kMaxListBytes), folder, Quoted(path.string()),
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
