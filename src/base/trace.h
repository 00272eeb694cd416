// Sees intermediate tensors of a forward pass by their upstream names; used by `kani-dev verify`.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace kani {

/// @param name upstream's name of the tensor, e.g. "hidden_after_layer_3".
/// @param values [rows, columns] row-major host memory, valid during the call only.
/// An empty function switches tracing off; it is then never called and costs nothing.
using Trace =
    std::function<void(std::string_view name, const float* values, int64_t rows, int64_t columns)>;

}  // namespace kani
