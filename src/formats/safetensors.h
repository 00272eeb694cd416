// Reader and writer of the safetensors format, single file or sharded with an index.
// Format: 8-byte little-endian header length, JSON header {name: {dtype, shape, data_offsets}},
// bytes.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/atomic_file.h"
#include "base/mapped_file.h"
#include "base/tensor.h"

namespace kani::formats {

/// Named tensors of one checkpoint, mapped, whatever container they came from. Views stay valid as
/// long as the object lives.
class TensorStore {
 public:
  virtual ~TensorStore() = default;
  TensorStore() = default;
  TensorStore(const TensorStore&) = delete;
  TensorStore& operator=(const TensorStore&) = delete;

  /// For messages: the file or folder.
  const std::string& source() const { return source_; }
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }
  /// Free text beside the tensors (`__metadata__` of safetensors); empty for other containers.
  const std::map<std::string, std::string, std::less<>>& metadata() const { return metadata_; }
  /// Null if there is no such tensor.
  const TensorView* Find(std::string_view name) const;
  /// Throws kInvalidFile naming source, tensor, expected and found shape. A negative dimension in
  /// `expected` matches any size.
  const TensorView& Get(std::string_view name, std::span<const int64_t> expected) const;
  /// Throws kInvalidFile when `values`, read from the tensor, are not all finite.
  void RequireFinite(std::string_view name, std::span<const float> values) const;
  void RequireFinite(const TensorView& tensor, std::span<const float> values) const;
  /// Throws kInvalidFile listing tensors whose names `known` does not accept.
  void RejectUnknown(const std::function<bool(std::string_view)>& known) const;
  /// Gives back the memory of pages already copied elsewhere.
  virtual void Release(const TensorView& view) const { (void)view; }

 protected:
  std::string source_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> metadata_;
};

/// Opens `path`: a .safetensors file, or a folder with model.safetensors or
/// model.safetensors.index.json. Every offset, shape and size is checked; F64 becomes F32. Throws
/// kNotFound, or kInvalidFile (what lies in the place of weights is named, formats/misplaced.h).
std::unique_ptr<TensorStore> OpenSafetensors(const std::filesystem::path& path);
/// Same checks on bytes in memory, which must outlive the result. For tests and fuzzing.
std::unique_ptr<TensorStore> ParseSafetensors(std::span<const std::byte> bytes, std::string source);
/// model.safetensors.index.json: the file of each tensor, a plain name. Throws kInvalidFile.
std::map<std::string, std::string> ParseSafetensorsIndex(std::string_view json,
                                                         const std::string& source);

/// One tensor to be written.
struct NamedTensor {
  std::string name;
  DType dtype;
  Shape shape;
  std::vector<std::byte> bytes;
};
NamedTensor FloatTensor(std::string name, Shape shape, std::span<const float> values);
NamedTensor IntTensor(std::string name, Shape shape, std::span<const int64_t> values);

/// Writes as AtomicFile does.
void WriteSafetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata = {},
                      NewFileMode mode = NewFileMode::kByUmask);

}  // namespace kani::formats
