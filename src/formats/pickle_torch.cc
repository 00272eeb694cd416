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
    {"torch._utils", "_rebuild_parameter", PickleValue::Global::kRebuildParameter},
    {"torch._utils", "_rebuild_parameter_with_state", PickleValue::Global::kRebuildParameter},
    {"torch._tensor", "_rebuild_from_type_v2", PickleValue::Global::kRebuildFromType},
    {"torch", "Tensor", PickleValue::Global::kTensorClass},
    {"torch", "FloatStorage", StorageType::kF32},
    {"torch", "DoubleStorage", StorageType::kF64},
    {"torch", "HalfStorage", StorageType::kF16},
    {"torch", "BFloat16Storage", StorageType::kBF16},
    {"torch", "IntStorage", StorageType::kI32},
    {"torch", "LongStorage", StorageType::kI64},
    {"torch", "CharStorage", StorageType::kI8},
    {"torch", "ByteStorage", StorageType::kU8},
    {"torch", "BoolStorage", StorageType::kU8},
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

bool IsFloatingPoint(StorageType type) {
  return type == StorageType::kF32 || type == StorageType::kF64 || type == StorageType::kF16 ||
         type == StorageType::kBF16;
}

/// The flags of a lazy view (torch._utils.get_tensor_metadata): `neg` is set for the imaginary part
/// of a conjugate. One that is not known would change values without a word.
bool IsNegated(const Pickle& pickle, PickleValue::Index index, StorageType type,
               const PickleInput& input) {
  if (pickle.As<PickleValue::None>(index) != nullptr) return false;
  const auto* flags = pickle.As<PickleValue::Dict>(index);
  if (flags == nullptr) input.Damaged("a dict of the tensor's flags");
  bool negated = false;
  for (const auto& [key, value] : flags->items) {
    const auto* name = pickle.As<std::string_view>(key);
    const auto* is_set = pickle.As<bool>(value);
    if (name == nullptr || is_set == nullptr) input.Damaged("a tensor's flag and its value");
    const bool is_known = *name == "neg" && IsFloatingPoint(type);
    if (*is_set && !is_known) {
      Fail(ErrorCode::kUnsupported, input.source(), ": a tensor has the flag ", Quoted(*name),
           ", expected none but 'neg' of floating point");
    }
    if (!is_known && *name != "conj" && *name != "neg") {
      Fail(ErrorCode::kUnsupported, input.source(), ": a tensor has the unknown flag ",
           Quoted(*name));
    }
    if (is_known) negated = *is_set;
  }
  return negated;
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
  // (storage, offset, shape, strides, requires_grad, hooks, flags); whether it is trained and what
  // is called then do not matter.
  const size_t count = arguments.items.size();
  if (count != 6 && count != 7) input.Damaged("a tensor of six or seven facts");
  const auto* storage = pickle.As<PickleValue::Storage>(arguments.items[0]);
  const auto* offset = pickle.As<int64_t>(arguments.items[1]);
  if (storage == nullptr || offset == nullptr || *offset < 0) {
    input.Damaged("a storage and an offset");
  }
  PickleValue::Tensor tensor{*storage, *offset, Ints(pickle, arguments.items[2], input),
                             Ints(pickle, arguments.items[3], input), false};
  if (count == 7) tensor.negated = IsNegated(pickle, arguments.items[6], storage->type, input);
  if (tensor.shape.size() != tensor.strides.size()) input.Damaged("as many strides as dimensions");
  return tensor;
}

const PickleValue::Tuple& TensorArguments(const Pickle& pickle, const PickleValue::Tuple& call,
                                          const PickleInput& input) {
  using Global = PickleValue::Global;
  const auto is = [&](size_t i, Global expected) {
    const auto* global = pickle.As<Global>(call.items[i]);
    return global != nullptr && *global == expected;
  };
  const bool known =
      call.items.size() == 4 && is(0, Global::kRebuildTensor) && is(1, Global::kTensorClass);
  const auto* arguments = known ? pickle.As<PickleValue::Tuple>(call.items[2]) : nullptr;
  if (arguments == nullptr) input.Damaged("a plain tensor with attributes");
  return *arguments;
}

}  // namespace kani::formats
