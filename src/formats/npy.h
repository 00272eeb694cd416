// NumPy's .npy files: one array of little-endian floats in C order. Format:
// numpy.lib.format, versions 1 to 3.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/tensor.h"

namespace kani::formats {

struct NpyArray {
  Shape shape;
  std::vector<float> values;  ///< row-major; f8 is rounded to float
};

/// Elements are f2, f4, f8, or V2, which is what NumPy writes of ml_dtypes' bfloat16. The header is
/// matched against what NumPy writes, never evaluated. Throws kInvalidFile, or kUnsupported for
/// another type or order of elements.
NpyArray ParseNpy(std::span<const std::byte> bytes, const std::string& source);
/// Version 1, '<f4', one dimension.
std::string WriteNpy(std::span<const float> values);

}  // namespace kani::formats
