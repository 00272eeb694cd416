#include "train/tables/table_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <string_view>

#include "base/error.h"
#include "base/mapped_file.h"
#include "base/read_file.h"
#include "formats/json.h"

namespace kani::train {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxStateBytes = 16 << 20;
constexpr std::array<std::string_view, 6> kSplitNames = {"train", "test",      "validation",
                                                         "dev",   "validated", "other"};

bool Exists(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error);
}

/// Splits by their names, in the order of these.
using Splits = std::map<std::string, std::vector<fs::path>>;

std::vector<fs::path> Choose(Splits splits, const std::string& split, const fs::path& where) {
  if (split.empty() && splits.size() == 1) return std::move(splits.begin()->second);
  if (const auto found = splits.find(split); found != splits.end()) return std::move(found->second);
  std::string names;
  for (const auto& [name, files] : splits) names += StrCat(names.empty() ? "" : ", ", Quoted(name));
  Fail(ErrorCode::kInvalidArgument, Quoted(where.string()), ": its splits are ", names,
       split.empty() ? ", name one of them" : StrCat(", there is no ", Quoted(split)));
}

/// The files that Dataset.save_to_disk wrote.
std::vector<fs::path> SavedFiles(const fs::path& folder) {
  const std::string source = Quoted((folder / "state.json").string());
  const nlohmann::json state =
      formats::ParseJson(ReadTextFile(folder / "state.json", kMaxStateBytes), source);
  const formats::JsonReader reader(state, source);
  const nlohmann::json* indices = reader.Find("_indices_data_files");
  if (indices != nullptr && !indices->is_null() && !indices->empty()) {
    Fail(ErrorCode::kUnsupported, source,
         ": rows chosen by a list of indices; save it again with `datasets` 2 or newer");
  }
  std::vector<fs::path> files;
  for (const nlohmann::json& file : reader.Array("_data_files")) {
    const std::string name = formats::JsonReader(file, source).String("filename");
    if (!IsPlainFileName(name)) {
      Fail(ErrorCode::kInvalidFile, source, ": ", Quoted(name), " is no name of a file beside it");
    }
    files.push_back(folder / name);
  }
  if (files.empty()) Fail(ErrorCode::kInvalidFile, source, ": names no files");
  return files;
}

/// Those of DatasetDict.save_to_disk.
Splits SavedSplits(const fs::path& folder) {
  const std::string source = Quoted((folder / "dataset_dict.json").string());
  const nlohmann::json dict =
      formats::ParseJson(ReadTextFile(folder / "dataset_dict.json", kMaxStateBytes), source);
  Splits splits;
  for (const nlohmann::json& name : formats::JsonReader(dict, source).Array("splits")) {
    if (!name.is_string() || !IsPlainFileName(name.get<std::string>())) {
      Fail(ErrorCode::kInvalidFile, source, ": splits: expected names of folders");
    }
    splits[name.get<std::string>()] = {folder / name.get<std::string>()};
  }
  if (splits.empty()) Fail(ErrorCode::kInvalidFile, source, ": names no splits");
  return splits;
}

/// "train" of "train-00000-of-00002.parquet" and of "train.parquet"; "" of "0003.parquet".
std::string SplitOf(const fs::path& file) {
  const std::string stem = file.stem().string();
  if (const size_t of = stem.rfind("-of-"); of != std::string::npos) {
    if (const size_t dash = stem.rfind('-', of - 1); dash != std::string::npos && of > 0) {
      return stem.substr(0, dash);
    }
  }
  for (const std::string_view name : kSplitNames) {
    if (!stem.starts_with(name)) continue;
    if (stem.size() == name.size() || stem[name.size()] == '-' || stem[name.size()] == '_') {
      return std::string(name);
    }
  }
  return "";
}

Splits ParquetFiles(const fs::path& folder) {
  Splits splits;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().extension() == ".parquet" && Exists(at->path())) {
      splits[SplitOf(at->path())].push_back(at->path());
    }
  }
  for (auto& [name, files] : splits) std::ranges::sort(files);
  return splits;
}

}  // namespace

bool IsTableFile(const fs::path& path) {
  if (!Exists(path)) return false;
  std::ifstream stream(path, std::ios::binary);
  std::array<char, 6> bytes{};
  stream.read(bytes.data(), bytes.size());
  const std::string_view head(bytes.data(), static_cast<size_t>(stream.gcount()));
  // A damaged one is not to be taken for text.
  return head.starts_with("PAR1") || head.starts_with("FEA1") || head.starts_with("PARE") ||
         head.starts_with("ARROW1") || path.extension() == ".parquet" ||
         path.extension() == ".arrow" || path.extension() == ".feather";
}

bool HasTableFiles(const fs::path& folder) {
  return Exists(folder / "dataset_dict.json") || Exists(folder / "state.json") ||
         !ParquetFiles(folder).empty() || !ParquetFiles(folder / "data").empty();
}

std::vector<fs::path> TableFiles(const fs::path& path, const std::string& split) {
  if (IsTableFile(path)) return {path};
  if (Exists(path / "dataset_dict.json")) {
    return SavedFiles(Choose(SavedSplits(path), split, path).front());
  }
  if (Exists(path / "state.json")) return SavedFiles(path);
  for (const fs::path& folder : {path, path / "data"}) {
    if (Splits splits = ParquetFiles(folder); !splits.empty()) {
      return Choose(std::move(splits), split, folder);
    }
  }
  Fail(ErrorCode::kNotFound, Quoted(path.string()), ": has no Parquet or Arrow files");
}

}  // namespace kani::train
