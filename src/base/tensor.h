// A tensor as it is stored: element type, shape and a view of its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/dtype.h"

namespace kani {

using Shape = std::vector<int64_t>;

/// "[2, 3]", the form used in messages.
std::string ShapeString(std::span<const int64_t> shape);
/// Product of the dimensions (1 for a scalar). REQUIRES: dimensions >= 0 and no overflow.
int64_t ElementCount(std::span<const int64_t> shape);

/// A tensor by the name that checkpoints use, and its shape there.
struct TensorSpec {
  std::string name;  ///< empty: this model has none
  Shape shape;

  bool empty() const { return name.empty(); }
};

/// No NaN, no infinity.
bool AllFinite(std::span<const float> values);

/// Row-major view of stored elements; does not own `bytes`, which may be unaligned.
struct TensorView {
  DType dtype = DType::kF32;
  Shape shape;
  std::span<const std::byte> bytes;

  int64_t size() const { return ElementCount(shape); }
  /// Converts elements [begin, begin + out.size()) of any dtype to float.
  void ReadFloats(int64_t begin, std::span<float> out) const;
  /// Converts elements [begin, begin + out.size()) of any integer dtype. Throws kInvalidArgument
  /// for a floating dtype.
  void ReadInts(int64_t begin, std::span<int64_t> out) const;
  std::vector<float> Floats() const;
  std::vector<int64_t> Ints() const;
};

}  // namespace kani
