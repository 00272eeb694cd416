// What torch.save puts into a pickle: the globals it names and the tuples of which a storage and a
// tensor are made. Sources: torch/serialization.py, torch/_utils.py.
#pragma once

#include <string_view>
#include <variant>

#include "formats/pickle.h"
#include "formats/pickle_input.h"

namespace kani::formats {

/// Throws kUnsupported for a global that is not allowed.
std::variant<PickleValue::Global, StorageType> PickleGlobal(std::string_view module,
                                                            std::string_view name,
                                                            std::string_view source);

/// From ('storage', type, key, device, element count). Throws kInvalidFile for anything else.
PickleValue::Storage MakeStorage(const Pickle& pickle, PickleValue::Index index,
                                 const PickleInput& input);

/// From the arguments of torch._utils._rebuild_tensor_v2. Throws kInvalidFile for anything else,
/// kUnsupported for a flag of the tensor other than `neg`.
PickleValue::Tensor MakeTensor(const Pickle& pickle, const PickleValue::Tuple& arguments,
                               const PickleInput& input);

/// The arguments of the tensor that a call of torch._tensor._rebuild_from_type_v2 (function, class,
/// arguments, attributes) makes; the attributes do not matter. Throws kInvalidFile for anything
/// else.
const PickleValue::Tuple& TensorArguments(const Pickle& pickle, const PickleValue::Tuple& call,
                                          const PickleInput& input);

}  // namespace kani::formats
