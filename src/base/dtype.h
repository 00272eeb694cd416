// Element types of stored tensors and the conversions between them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

namespace kani {

enum class DType { kF32, kF16, kBF16, kI8, kI32, kI64, kU8, kU16 };

/// Bytes of one element.
size_t DTypeSize(DType dtype);
/// The name in a safetensors header ("F32", "BF16", ...).
std::string_view DTypeName(DType dtype);

/// bfloat16 is the upper half of a float32.
inline float Bf16ToFloat(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}
/// Rounds to nearest even; NaN stays NaN.
inline uint16_t FloatToBf16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<uint16_t>((bits >> 16) | 0x40u);
  bits += 0x7FFFu + ((bits >> 16) & 1u);
  return static_cast<uint16_t>(bits >> 16);
}
/// The nearest float; infinity for what float does not reach, which is undefined to convert.
inline float DoubleToFloat(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (value > kLargest) return std::numeric_limits<float>::infinity();
  if (value < -kLargest) return -std::numeric_limits<float>::infinity();
  return static_cast<float>(value);
}
/// Stored doubles as stored floats, each by DoubleToFloat. REQUIRES: a multiple of 8 bytes.
std::vector<std::byte> DoublesToFloats(std::span<const std::byte> doubles);
/// IEEE half precision, including subnormals, infinities and NaN.
float F16ToFloat(uint16_t bits);
/// Rounds to nearest even; overflow becomes infinity.
uint16_t FloatToF16(float value);

}  // namespace kani
