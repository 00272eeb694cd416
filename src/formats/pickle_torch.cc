#include "formats/pickle_torch.h"

#include <vector>

#include "base/error.h"

namespace kani::formats {
namespace {

constexpr size_t kMaxDimensions = 8;

struct AllowedGlobal {
  std::string_view module;
  std::string_view name;
  std::variant<PickleValue::Global, StorageType> value;
};
constexpr AllowedGlobal kAllowedGlobals[] = {
    {"collections", "OrderedDict", PickleValue::Global::kOrderedDict},
    {"torch._utils", "_rebuild_tensor_v2", PickleValue::Global::kRebuildTensor},
    {"torch", "FloatStorage", StorageType::kF32},
    {"torch", "DoubleStorage", StorageType::kF64},
    {"torch", "HalfStorage", StorageType::kF16},
    {"torch", "BFloat16Storage", StorageType::kBF16},
    {"torch", "IntStorage", StorageType::kI32},
    {"torch", "LongStorage", StorageType::kI64},
};

std::vector<int64_t> Ints(const Pickle& pickle, PickleValue::Index index,
                          const PickleInput& input) {
  const auto* tuple = pickle.As<PickleValue::Tuple>(index);
  if (tuple == nullptr || tuple->items.size() > kMaxDimensions) {
    input.Damaged(StrCat("a tuple of at most ", kMaxDimensions, " integers"));
  }
  std::vector<int64_t> values;
  for (const PickleValue::Index item : tuple->items) {
    const auto* value = pickle.As<int64_t>(item);
    if (value == nullptr || *value < 0) input.Damaged("an integer that is not negative");
    values.push_back(*value);
  }
  return values;
}

}  // namespace

std::variant<PickleValue::Global, StorageType> PickleGlobal(std::string_view module,
                                                            std::string_view name,
                                                            std::string_view source) {
  for (const AllowedGlobal& allowed : kAllowedGlobals) {
    if (allowed.module == module && allowed.name == name) return allowed.value;
  }
  Fail(ErrorCode::kUnsupported, source, ": pickle global ", Quoted(StrCat(module, ".", name)),
       " is not allowed");
}

PickleValue::Storage MakeStorage(const Pickle& pickle, PickleValue::Index index,
                                 const PickleInput& input) {
  const auto* tuple = pickle.As<PickleValue::Tuple>(index);
  if (tuple == nullptr || tuple->items.size() != 5) input.Damaged("a storage of five facts");
  const auto* kind = pickle.As<std::string_view>(tuple->items[0]);
  const auto* type = pickle.As<StorageType>(tuple->items[1]);
  const auto* key = pickle.As<std::string_view>(tuple->items[2]);
  const auto* element_count = pickle.As<int64_t>(tuple->items[4]);
  if (kind == nullptr || *kind != "storage" || type == nullptr || key == nullptr ||
      element_count == nullptr || *element_count < 0) {
    input.Damaged("('storage', type, key, device, element count)");
  }
  return {*type, *key, *element_count};
}

PickleValue::Tensor MakeTensor(const Pickle& pickle, const PickleValue::Tuple& arguments,
                               const PickleInput& input) {
  // (storage, offset, shape, strides, requires_grad, hooks); the last two do not matter.
  if (arguments.items.size() < 6) input.Damaged("a tensor of six facts");
  const auto* storage = pickle.As<PickleValue::Storage>(arguments.items[0]);
  const auto* offset = pickle.As<int64_t>(arguments.items[1]);
  if (storage == nullptr || offset == nullptr || *offset < 0) {
    input.Damaged("a storage and an offset");
  }
  PickleValue::Tensor tensor{*storage, *offset, Ints(pickle, arguments.items[2], input),
                             Ints(pickle, arguments.items[3], input)};
  if (tensor.shape.size() != tensor.strides.size()) input.Damaged("as many strides as dimensions");
  return tensor;
}

}  // namespace kani::formats
