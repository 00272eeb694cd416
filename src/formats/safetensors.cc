#include "formats/safetensors.h"

#include <algorithm>
#include <cstring>
#include <list>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "formats/json.h"
#include "formats/misplaced.h"

namespace kani::formats {
namespace {

// The largest header in the wild (80,538-row vocabularies, hundreds of tensors) is below 1 MiB.
constexpr uint64_t kMaxHeaderBytes = 64u << 20;
constexpr size_t kMaxDimensions = 8;
constexpr size_t kMaxShards = 1000;

constexpr std::string_view kDoubles = "F64";

DType ParseDType(std::string_view name, std::string_view where) {
  for (DType dtype : {DType::kF32, DType::kF16, DType::kBF16, DType::kI8, DType::kI32, DType::kI64,
                      DType::kU8, DType::kU16}) {
    if (DTypeName(dtype) == name) return dtype;
  }
  if (name == kDoubles) return DType::kF32;
  Fail(ErrorCode::kUnsupported, where, ": dtype ", Quoted(name),
       ", expected F64, F32, F16, BF16, I8, I32, I64, U8 or U16");
}

using Metadata = std::map<std::string, std::string, std::less<>>;

/// Where the contents of a file go.
struct Contents {
  std::map<std::string, TensorView, std::less<>>& tensors;
  Metadata& metadata;
  std::list<std::vector<std::byte>>& converted;  ///< F64 as F32
};

/// Informative only: entries that are no strings are not worth refusing weights for.
void AddMetadata(const nlohmann::json& entry, Metadata& metadata) {
  for (const auto& [key, value] : entry.items()) {
    if (value.is_string()) metadata.emplace(key, value.get<std::string>());
  }
}

/// One entry of a header, of type F64 if `is_double`, when `dtype` is yet to be made true.
/// @param where its name, for messages.
TensorView ReadTensor(const nlohmann::json& entry, std::span<const std::byte> data,
                      const std::string& where, bool& is_double) {
  const JsonReader reader(entry, where);
  TensorView view;
  const std::string dtype = reader.String("dtype");
  view.dtype = ParseDType(dtype, where);
  is_double = dtype == kDoubles;
  view.shape = reader.Ints("shape");
  const std::vector<int64_t> offsets = reader.Ints("data_offsets");
  if (view.shape.size() > kMaxDimensions) {
    Fail(ErrorCode::kInvalidFile, where, ": ", view.shape.size(), " dimensions");
  }
  uint64_t expected = is_double ? sizeof(double) : DTypeSize(view.dtype);
  for (int64_t dimension : view.shape) {
    if (dimension < 0 ||
        __builtin_mul_overflow(expected, static_cast<uint64_t>(dimension), &expected)) {
      Fail(ErrorCode::kInvalidFile, where, ": impossible shape ", ShapeString(view.shape));
    }
  }
  if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
    Fail(ErrorCode::kInvalidFile, where, ": data_offsets are no range of bytes");
  }
  const uint64_t found = static_cast<uint64_t>(offsets[1] - offsets[0]);
  if (found != expected) {
    Fail(ErrorCode::kInvalidFile, where, ": shape ", ShapeString(view.shape), " of ", dtype,
         " needs ", expected, " bytes, found ", found);
  }
  if (static_cast<uint64_t>(offsets[1]) > data.size()) {
    Fail(ErrorCode::kInvalidFile, where, ": lies outside the ", data.size(), " bytes of data; ",
         kFetchAgain);
  }
  view.bytes = data.subspan(static_cast<size_t>(offsets[0]), found);
  return view;
}

/// The JSON of a file, behind the eight bytes that say how long it is.
std::string_view HeaderOf(std::span<const std::byte> bytes, const std::string& source) {
  RejectMisplaced(bytes, source);
  uint64_t header_size = kMaxHeaderBytes + 1;
  if (bytes.size() >= 8) std::memcpy(&header_size, bytes.data(), 8);
  // Text and other formats have a size here too, most of them a large one.
  const bool has_object = bytes.size() > 8 && bytes[8] == std::byte{'{'};
  const bool is_cut = header_size > bytes.size() - 8;
  if (header_size < 2 || header_size > kMaxHeaderBytes ||
      (is_cut && bytes.size() > 8 && !has_object)) {
    Fail(ErrorCode::kInvalidFile, source, ": ", bytes.size(), " bytes, expected a safetensors file",
         WhatItIsInstead(bytes));
  }
  if (is_cut) {
    Fail(ErrorCode::kInvalidFile, source, ": header of ", header_size, " bytes in a file of ",
         bytes.size(), "; ", kFetchAgain);
  }
  return {reinterpret_cast<const char*>(bytes.data()) + 8, header_size};
}

/// Parses one file's header and adds its tensors and metadata.
void AddTensors(std::span<const std::byte> bytes, const std::string& source, Contents contents) {
  const std::string_view text = HeaderOf(bytes, source);
  const std::span<const std::byte> data = bytes.subspan(8 + text.size());
  // No two tensors of a true file share bytes.
  size_t unconverted_bytes = data.size();
  ForEachMember(text, source, [&](const std::string& name, const nlohmann::json& entry) {
    if (name == "__metadata__") return AddMetadata(entry, contents.metadata);
    const std::string where = StrCat(source, ": tensor ", Quoted(name));
    bool is_double = false;
    TensorView view = ReadTensor(entry, data, where, is_double);
    if (is_double) {
      if (view.bytes.size() > unconverted_bytes) {
        Fail(ErrorCode::kInvalidFile, where, ": shares its bytes with other tensors");
      }
      unconverted_bytes -= view.bytes.size();
      view.bytes = contents.converted.emplace_back(DoublesToFloats(view.bytes));
    }
    if (!contents.tensors.emplace(name, std::move(view)).second) {
      Fail(ErrorCode::kInvalidFile, where, ": occurs twice");
    }
  });
}

class MemoryStore : public TensorStore {
 public:
  MemoryStore(std::span<const std::byte> bytes, std::string source) {
    source_ = std::move(source);
    AddTensors(bytes, source_, {tensors_, metadata_, converted_});
  }

 private:
  std::list<std::vector<std::byte>> converted_;
};

class FileStore : public TensorStore {
 public:
  explicit FileStore(const std::filesystem::path& path) {
    source_ = Quoted(path.string());
    if (!std::filesystem::is_directory(path)) {
      AddFile(path);
      return;
    }
    const std::filesystem::path single = path / "model.safetensors";
    const std::filesystem::path index = path / "model.safetensors.index.json";
    if (std::filesystem::exists(single)) {
      AddFile(single);
    } else if (std::filesystem::exists(index)) {
      AddShards(path, index);
    } else {
      Fail(ErrorCode::kNotFound, Quoted(path.string()),
           ": neither model.safetensors nor model.safetensors.index.json is there");
    }
  }

  void Release(const TensorView& view) const override {
    for (const MappedFile& file : files_) {
      if (view.bytes.data() >= file.bytes().data() &&
          view.bytes.data() < file.bytes().data() + file.bytes().size()) {
        file.Release(view.bytes);
      }
    }
  }

 private:
  void AddFile(const std::filesystem::path& path) {
    files_.emplace_back(path);
    AddTensors(files_.back().bytes(), Quoted(path.string()), {tensors_, metadata_, converted_});
  }

  void AddShards(const std::filesystem::path& folder, const std::filesystem::path& index) {
    const std::string source = Quoted(index.string());
    const auto shard_of = ParseSafetensorsIndex(ReadTextFile(index, kMaxHeaderBytes), source);
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
    for (const std::string& shard : shards) AddFile(folder / shard);
    for (const auto& [tensor, shard] : shard_of) {
      if (Find(tensor) == nullptr) {
        Fail(ErrorCode::kInvalidFile, source, ": tensor ", Quoted(tensor), " is not in shard ",
             Quoted(shard));
      }
    }
  }

  std::vector<MappedFile> files_;
  std::list<std::vector<std::byte>> converted_;
};

}  // namespace

const TensorView* TensorStore::Find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

const TensorView& TensorStore::Get(std::string_view name, std::span<const int64_t> expected) const {
  const TensorView* view = Find(name);
  if (view == nullptr) {
    Fail(ErrorCode::kInvalidFile, source_, ": tensor ", Quoted(name),
         " is missing, expected shape ", ShapeString(expected));
  }
  const bool matches =
      std::equal(view->shape.begin(), view->shape.end(), expected.begin(), expected.end(),
                 [](int64_t a, int64_t b) { return b < 0 || a == b; });
  if (!matches) {
    Fail(ErrorCode::kInvalidFile, source_, ": tensor ", Quoted(name), ": shape ",
         ShapeString(view->shape), ", expected ", ShapeString(expected));
  }
  return *view;
}

void TensorStore::RequireFinite(std::string_view name, std::span<const float> values) const {
  if (AllFinite(values)) return;
  Fail(ErrorCode::kInvalidFile, source_, ": ", name,
       ": holds numbers that are not finite: the weights are damaged");
}

void TensorStore::RequireFinite(const TensorView& tensor, std::span<const float> values) const {
  if (AllFinite(values)) return;
  for (const auto& [name, view] : tensors_) {
    if (&view == &tensor) RequireFinite(name, values);
  }
}

void TensorStore::RejectUnknown(const std::function<bool(std::string_view)>& known) const {
  constexpr int kShown = 5;
  std::string extra;
  int count = 0;
  for (const auto& [name, view] : tensors_) {
    if (known(name)) continue;
    if (++count <= kShown)
      extra += StrCat(count > 1 ? ", " : "", Quoted(name), " ", ShapeString(view.shape));
  }
  if (count > 0) {
    Fail(ErrorCode::kInvalidFile, source_, ": ", count, " unknown tensor(s): ", extra,
         count > kShown ? ", ..." : "");
  }
}

std::unique_ptr<TensorStore> OpenSafetensors(const std::filesystem::path& path) {
  return std::make_unique<FileStore>(path);
}

std::unique_ptr<TensorStore> ParseSafetensors(std::span<const std::byte> bytes,
                                              std::string source) {
  return std::make_unique<MemoryStore>(bytes, std::move(source));
}

std::map<std::string, std::string> ParseSafetensorsIndex(std::string_view json,
                                                         const std::string& source) {
  const nlohmann::json parsed = ParseJson(json, source);
  std::map<std::string, std::string> shard_of;
  std::set<std::string> shards;
  const nlohmann::json& map = JsonReader(parsed, source).Object("weight_map");
  const JsonReader reader(map, source + ": weight_map");
  for (const auto& [tensor, value] : map.items()) {
    const std::string shard = reader.String(tensor);
    if (!IsPlainFileName(shard)) {
      Fail(ErrorCode::kInvalidFile, source, ": shard ", Quoted(shard), " is not a plain file name");
    }
    shards.insert(shard);
    shard_of.emplace(tensor, shard);
  }
  if (shards.size() > kMaxShards) {
    Fail(ErrorCode::kInvalidFile, source, ": ", shards.size(), " shards, expected at most ",
         kMaxShards);
  }
  return shard_of;
}

NamedTensor FloatTensor(std::string name, Shape shape, std::span<const float> values) {
  KANI_DCHECK(ElementCount(shape) == static_cast<int64_t>(values.size()));
  const auto bytes = std::as_bytes(values);
  return {std::move(name), DType::kF32, std::move(shape), {bytes.begin(), bytes.end()}};
}

NamedTensor IntTensor(std::string name, Shape shape, std::span<const int64_t> values) {
  KANI_DCHECK(ElementCount(shape) == static_cast<int64_t>(values.size()));
  const auto bytes = std::as_bytes(values);
  return {std::move(name), DType::kI64, std::move(shape), {bytes.begin(), bytes.end()}};
}

void WriteSafetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata, NewFileMode mode) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const NamedTensor& tensor : tensors) {
    header[tensor.name] = {{"dtype", DTypeName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {offset, offset + tensor.bytes.size()}}};
    offset += tensor.bytes.size();
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t size = text.size();
  AtomicFile file(path, mode);
  file.Write(std::as_bytes(std::span(&size, 1)));
  file.Write(text);
  for (const NamedTensor& tensor : tensors) file.Write(tensor.bytes);
  file.Commit();
}

}  // namespace kani::formats
