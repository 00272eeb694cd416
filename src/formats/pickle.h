// A pickle machine that can only describe tensors: it knows the opcodes and the few globals that
// torch.save writes for tensors, parameters and state dicts (protocols 2 to 5) and refuses
// everything else by name. It runs nothing and follows no reference, so cycles and shared objects
// cost nothing.
// Opcodes: Python's pickletools.py; globals: torch/serialization.py and torch/_utils.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/tensor.h"

namespace kani::formats {

/// Element type of a torch storage. F64 has no DType; the checkpoint reader converts it.
enum class StorageType { kF32, kF64, kF16, kBF16, kI8, kI32, kI64, kU8 };

/// One object of a pickle. Objects refer to each other by index in Pickle::values.
struct PickleValue {
  using Index = uint32_t;

  enum class Global {
    kOrderedDict,
    kRebuildTensor,
    kRebuildParameter,  ///< with or without the parameter's attributes
    kRebuildFromType,   ///< a tensor that was given attributes
    kTensorClass,
  };
  struct None {};
  struct Mark {};
  /// Numbers that are no integers and lists: they may stand beside tensors, nobody reads them.
  struct Other {};
  struct Tuple {
    std::vector<Index> items;
  };
  struct Dict {
    std::vector<std::pair<Index, Index>> items;  ///< as written; a later key replaces an earlier
  };
  /// ('storage', type, key, device, element count): the bytes are the archive member `data/<key>`.
  struct Storage {
    StorageType type;
    std::string_view key;
    int64_t element_count;
  };
  /// torch._utils._rebuild_tensor_v2. Nothing is checked against the storage yet.
  struct Tensor {
    Storage storage;
    int64_t offset;  ///< in elements
    Shape shape;
    std::vector<int64_t> strides;  ///< in elements, as many as dimensions
    bool negated;                  ///< each value is the negative of what is stored
  };

  /// Strings point into the pickle.
  std::variant<None, Mark, Other, bool, int64_t, std::string_view, Global, StorageType, Tuple, Dict,
               Storage, Tensor>
      content;
};

struct Pickle {
  std::vector<PickleValue> values;
  PickleValue::Index top = 0;

  template <typename T>
  const T* As(PickleValue::Index index) const {
    return std::get_if<T>(&values[index].content);
  }
};

/// Throws kUnsupported for an opcode or global that is not allowed, kInvalidFile for a damaged
/// pickle, kResourceExhausted beyond a million objects.
/// @param bytes must outlive the result.
Pickle ParsePickle(std::span<const std::byte> bytes, const std::string& source);

}  // namespace kani::formats
