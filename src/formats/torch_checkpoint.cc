#include "formats/torch_checkpoint.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <list>
#include <optional>
#include <utility>

#include "base/dtype.h"
#include "base/error.h"
#include "formats/archive.h"
#include "formats/json.h"
#include "formats/misplaced.h"
#include "formats/pickle.h"

namespace kani::formats {
namespace {

constexpr size_t kMaxPickleBytes = 64 << 20;
// What has to be rewritten (strides, F64) may not exceed the checkpoint itself by more than this,
// however often a pickle refers to one storage.
constexpr uint64_t kMaxRewriteRatio = 4;

size_t StoredSize(StorageType type) {
  switch (type) {
    case StorageType::kF64:
    case StorageType::kI64:
      return 8;
    case StorageType::kF32:
    case StorageType::kI32:
      return 4;
    case StorageType::kF16:
    case StorageType::kBF16:
      return 2;
    case StorageType::kI8:
    case StorageType::kU8:
      return 1;
  }
  return 0;
}

DType LoadedType(StorageType type) {
  switch (type) {
    case StorageType::kF32:
    case StorageType::kF64:
      return DType::kF32;
    case StorageType::kF16:
      return DType::kF16;
    case StorageType::kBF16:
      return DType::kBF16;
    case StorageType::kI8:
      return DType::kI8;
    case StorageType::kU8:
      return DType::kU8;
    case StorageType::kI32:
      return DType::kI32;
    case StorageType::kI64:
      return DType::kI64;
  }
  return DType::kF32;
}

/// Elements of a tensor and how far the last of them lies from the first; nothing if either
/// overflows.
struct Extent {
  uint64_t element_count;
  uint64_t last;
};
std::optional<Extent> MeasureExtent(const PickleValue::Tensor& tensor) {
  Extent extent{1, 0};
  for (size_t d = 0; d < tensor.shape.size(); ++d) {
    const auto size = static_cast<uint64_t>(tensor.shape[d]);
    if (size == 0) return Extent{0, 0};
    uint64_t reach = 0;
    if (__builtin_mul_overflow(extent.element_count, size, &extent.element_count) ||
        __builtin_mul_overflow(size - 1, static_cast<uint64_t>(tensor.strides[d]), &reach) ||
        __builtin_add_overflow(extent.last, reach, &extent.last)) {
      return std::nullopt;
    }
  }
  return extent;
}

bool IsContiguous(const PickleValue::Tensor& tensor) {
  int64_t expected = 1;
  for (size_t d = tensor.shape.size(); d-- > 0;) {
    if (tensor.shape[d] == 1) continue;  // its stride is never used
    if (tensor.strides[d] != expected) return false;
    expected *= tensor.shape[d];
  }
  return true;
}

/// Copies stored elements in row-major order. REQUIRES: every element lies in `stored`, and there
/// is at least one.
void Gather(const std::byte* stored, const PickleValue::Tensor& tensor, size_t element_bytes,
            std::byte* out) {
  const size_t dimensions = tensor.shape.size();
  Shape index(dimensions, 0);
  int64_t position = tensor.offset;
  while (true) {
    std::memcpy(out, stored + static_cast<size_t>(position) * element_bytes, element_bytes);
    out += element_bytes;
    size_t d = dimensions;
    while (d-- > 0) {
      if (tensor.shape[d] == 1) continue;  // its stride may be any number
      position += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) break;
      position -= tensor.strides[d] * tensor.shape[d];
      index[d] = 0;
    }
    if (d == static_cast<size_t>(-1)) return;
  }
}

/// Floating-point elements with the other sign, NaN too: its highest bit stands in the last byte.
std::vector<std::byte> Negated(std::span<const std::byte> elements, size_t element_bytes) {
  std::vector<std::byte> out(elements.begin(), elements.end());
  for (size_t i = element_bytes - 1; i < out.size(); i += element_bytes) out[i] ^= std::byte{0x80};
  return out;
}

class CheckpointStore : public TensorStore {
 public:
  CheckpointStore(std::span<const std::byte> bytes, std::string source, CheckpointBacking backing)
      : backing_(std::move(backing)), rewrite_limit_(bytes.size() * kMaxRewriteRatio) {
    source_ = std::move(source);
    RejectMisplaced(bytes, source_);
    RequireZip(bytes);
    ArchiveMembers members =
        ReadArchive(bytes, ArchiveFormat::kZip, source_, [](std::string_view) { return true; });
    owned_ = std::move(members.decompressed);
    const std::string root = FindRoot(members);
    RequireLittleEndian(members, root);
    ReadPickle(members, root);
  }

  void Release(const TensorView& view) const override {
    const std::span<const std::byte> file = backing_.file.bytes();
    const std::less_equal<const std::byte*> before;
    if (before(file.data(), view.bytes.data()) &&
        before(view.bytes.data() + view.bytes.size(), file.data() + file.size())) {
      backing_.file.Release(view.bytes);
    }
  }

 private:
  void RequireZip(std::span<const std::byte> bytes) const {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (text.starts_with("PK\x03\x04")) {
      // The archive's directory stands at its end, at most a comment of 64 KiB before it.
      constexpr size_t kMaxTail = 22 + 65535;
      const std::string_view tail = text.substr(text.size() - std::min(text.size(), kMaxTail));
      if (tail.find("PK\x05\x06") != std::string_view::npos) return;
      Fail(ErrorCode::kInvalidFile, source_, ": zip archive of ", bytes.size(),
           " bytes without its end; ", kFetchAgain);
    }
    if (text.starts_with("\x80\x02")) {
      Fail(
          ErrorCode::kUnsupported, source_,
          ": is a bare pickle as PyTorch before 1.6 wrote it, expected the zip form; load and save "
          "it with a newer PyTorch");
    }
    Fail(ErrorCode::kInvalidFile, source_, ": is no PyTorch checkpoint, expected a zip archive",
         WhatItIsInstead(bytes));
  }

  /// The folder that holds data.pkl, with its slash.
  std::string FindRoot(const ArchiveMembers& members) const {
    constexpr std::string_view kPickle = "/data.pkl";
    const std::string* found = nullptr;
    for (const auto& [name, bytes] : members.files) {
      if (!name.ends_with(kPickle)) continue;
      if (found != nullptr) {
        Fail(ErrorCode::kInvalidFile, source_, ": has two pickles, ", Quoted(*found), " and ",
             Quoted(name));
      }
      found = &name;
    }
    if (found == nullptr) {
      Fail(ErrorCode::kInvalidFile, source_, ": has no member data.pkl, this is no PyTorch file");
    }
    return found->substr(0, found->size() - kPickle.size() + 1);
  }

  void RequireLittleEndian(const ArchiveMembers& members, const std::string& root) const {
    const auto found = members.files.find(root + "byteorder");
    if (found == members.files.end()) return;  // older writers; they were little-endian machines
    const std::string_view order(reinterpret_cast<const char*>(found->second.data()),
                                 found->second.size());
    if (order != "little") {
      Fail(ErrorCode::kUnsupported, source_, ": byteorder is ", Quoted(order),
           ", expected 'little'");
    }
  }

  void ReadPickle(const ArchiveMembers& members, const std::string& root) {
    const std::span<const std::byte> bytes = members.files.find(root + "data.pkl")->second;
    if (bytes.size() > kMaxPickleBytes) {
      Fail(ErrorCode::kResourceExhausted, source_, ": pickle of ", bytes.size(),
           " bytes, expected at most ", kMaxPickleBytes);
    }
    const Pickle pickle = ParsePickle(bytes, source_);
    if (const auto* tensor = pickle.As<PickleValue::Tensor>(pickle.top)) {
      AddTensor(members, root, std::string(kSingleTensorName), *tensor);
      return;
    }
    for (const auto& [key, value] : StateDict(pickle).items) {
      const auto* name = pickle.As<std::string_view>(key);
      const auto* tensor = pickle.As<PickleValue::Tensor>(value);
      if (name == nullptr) Fail(ErrorCode::kUnsupported, source_, ": a key is no string");
      if (tensor == nullptr) {
        Fail(ErrorCode::kUnsupported, source_, ": entry ", Quoted(*name), " is no tensor");
      }
      AddTensor(members, root, std::string(*name), *tensor);
    }
  }

  const PickleValue::Dict& StateDict(const Pickle& pickle) const {
    const auto* dict = pickle.As<PickleValue::Dict>(pickle.top);
    if (dict == nullptr) {
      Fail(ErrorCode::kUnsupported, source_, ": holds neither a tensor nor a dict of tensors");
    }
    for (const auto& [key, value] : dict->items) {
      const auto* name = pickle.As<std::string_view>(key);
      const auto* nested = pickle.As<PickleValue::Dict>(value);
      if (name != nullptr && *name == "state_dict" && nested != nullptr) return *nested;
    }
    return *dict;
  }

  void AddTensor(const ArchiveMembers& members, const std::string& root, std::string name,
                 const PickleValue::Tensor& tensor) {
    const std::string where = StrCat(source_, ": tensor ", Quoted(name));
    const std::span<const std::byte> stored = Stored(members, root, tensor.storage, where);
    const size_t element_bytes = StoredSize(tensor.storage.type);
    const std::optional<Extent> extent = MeasureExtent(tensor);
    const auto offset = static_cast<uint64_t>(tensor.offset);
    const auto available = static_cast<uint64_t>(tensor.storage.element_count);
    // An expanded tensor (stride 0) may hold more elements than are stored; no checkpoint has one.
    if (!extent || offset > available || extent->element_count > available ||
        (extent->element_count > 0 && extent->last >= available - offset)) {
      Fail(ErrorCode::kInvalidFile, where, ": shape ", ShapeString(tensor.shape), ", strides ",
           ShapeString(tensor.strides), ", offset ", tensor.offset, " reach outside the ",
           available, " stored elements");
    }
    TensorView view{LoadedType(tensor.storage.type), tensor.shape, {}};
    if (extent->element_count > 0) {
      const size_t size_bytes = extent->element_count * element_bytes;
      view.bytes = IsContiguous(tensor) ? stored.subspan(offset * element_bytes, size_bytes)
                                        : Rewritten(Gathered(stored, tensor, size_bytes), where);
      if (tensor.negated) view.bytes = Rewritten(Negated(view.bytes, element_bytes), where);
      if (tensor.storage.type == StorageType::kF64) {
        view.bytes = Rewritten(DoublesToFloats(view.bytes), where);
      }
    }
    tensors_.insert_or_assign(std::move(name), std::move(view));
  }

  std::span<const std::byte> Stored(const ArchiveMembers& members, const std::string& root,
                                    const PickleValue::Storage& storage,
                                    const std::string& where) const {
    const auto found = members.files.find(StrCat(root, "data/", storage.key));
    if (found == members.files.end()) {
      Fail(ErrorCode::kInvalidFile, where, ": its storage ", Quoted(storage.key), " is missing");
    }
    const std::span<const std::byte> bytes = found->second;
    const size_t element_bytes = StoredSize(storage.type);
    if (bytes.size() % element_bytes != 0 ||
        bytes.size() / element_bytes != static_cast<uint64_t>(storage.element_count)) {
      Fail(ErrorCode::kInvalidFile, where, ": its storage ", Quoted(storage.key), " has ",
           bytes.size(), " bytes, expected ", storage.element_count, " elements of ",
           element_bytes);
    }
    return bytes;
  }

  static std::vector<std::byte> Gathered(std::span<const std::byte> stored,
                                         const PickleValue::Tensor& tensor, size_t size_bytes) {
    std::vector<std::byte> out(size_bytes);
    Gather(stored.data(), tensor, StoredSize(tensor.storage.type), out.data());
    return out;
  }

  std::span<const std::byte> Rewritten(std::vector<std::byte> bytes, const std::string& where) {
    rewritten_bytes_ += bytes.size();
    if (rewritten_bytes_ > rewrite_limit_) {
      Fail(ErrorCode::kResourceExhausted, where, ": more than ", rewrite_limit_,
           " bytes would have to be rewritten");
    }
    return owned_.emplace_back(std::move(bytes));
  }

  CheckpointBacking backing_;
  std::list<std::vector<std::byte>> owned_;
  const uint64_t rewrite_limit_;
  uint64_t rewritten_bytes_ = 0;
};

}  // namespace

std::unique_ptr<TensorStore> ParseTorchCheckpoint(std::span<const std::byte> bytes,
                                                  std::string source, CheckpointBacking backing) {
  return std::make_unique<CheckpointStore>(bytes, std::move(source), std::move(backing));
}

std::unique_ptr<TensorStore> OpenTorchCheckpoint(const std::filesystem::path& path) {
  CheckpointBacking backing{MappedFile(path), {}};
  const std::span<const std::byte> bytes = backing.file.bytes();
  return ParseTorchCheckpoint(bytes, Quoted(path.string()), std::move(backing));
}

}  // namespace kani::formats
