#include "base/tensor.h"

#include <cstring>

#include "base/error.h"

namespace kani {
namespace {

template <typename T>
T Load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

template <typename Stored, typename Out, typename Convert>
void Read(std::span<const std::byte> bytes, int64_t begin, std::span<Out> out, Convert convert) {
  KANI_DCHECK((begin + out.size()) * sizeof(Stored) <= bytes.size());
  const std::byte* at = bytes.data() + static_cast<size_t>(begin) * sizeof(Stored);
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<Out>(convert(Load<Stored>(at + i * sizeof(Stored))));
  }
}

constexpr auto kIdentity = [](auto value) { return value; };

}  // namespace

std::string ShapeString(std::span<const int64_t> shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i) out += ", ";
    out += std::to_string(shape[i]);
  }
  return out + "]";
}

int64_t ElementCount(std::span<const int64_t> shape) {
  int64_t count = 1;
  for (int64_t dimension : shape) count *= dimension;
  return count;
}

bool AllFinite(std::span<const float> values) {
  // An exponent of all ones; sums of booleans, so that the loop runs in vectors.
  constexpr uint32_t kExponent = 0x7F800000u;
  uint32_t bad = 0;
  for (const float value : values) bad |= (std::bit_cast<uint32_t>(value) & kExponent) == kExponent;
  return bad == 0;
}

void TensorView::ReadFloats(int64_t begin, std::span<float> out) const {
  switch (dtype) {
    case DType::kF32:
      KANI_DCHECK((begin + out.size()) * 4 <= bytes.size());
      if (!out.empty()) {
        std::memcpy(out.data(), bytes.data() + static_cast<size_t>(begin) * 4, out.size_bytes());
      }
      return;
    case DType::kF16:
      return Read<uint16_t>(bytes, begin, out, F16ToFloat);
    case DType::kBF16:
      return Read<uint16_t>(bytes, begin, out, Bf16ToFloat);
    case DType::kI8:
      return Read<int8_t>(bytes, begin, out, kIdentity);
    case DType::kI32:
      return Read<int32_t>(bytes, begin, out, kIdentity);
    case DType::kI64:
      return Read<int64_t>(bytes, begin, out, kIdentity);
    case DType::kU8:
      return Read<uint8_t>(bytes, begin, out, kIdentity);
    case DType::kU16:
      return Read<uint16_t>(bytes, begin, out, kIdentity);
  }
}

void TensorView::ReadInts(int64_t begin, std::span<int64_t> out) const {
  switch (dtype) {
    case DType::kI8:
      return Read<int8_t>(bytes, begin, out, kIdentity);
    case DType::kI32:
      return Read<int32_t>(bytes, begin, out, kIdentity);
    case DType::kI64:
      return Read<int64_t>(bytes, begin, out, kIdentity);
    case DType::kU8:
      return Read<uint8_t>(bytes, begin, out, kIdentity);
    case DType::kU16:
      return Read<uint16_t>(bytes, begin, out, kIdentity);
    default:
      Fail(ErrorCode::kInvalidArgument, "tensor of ", DTypeName(dtype), ", expected integers");
  }
}

std::vector<float> TensorView::Floats() const {
  std::vector<float> out(static_cast<size_t>(size()));
  ReadFloats(0, out);
  return out;
}

std::vector<int64_t> TensorView::Ints() const {
  std::vector<int64_t> out(static_cast<size_t>(size()));
  ReadInts(0, out);
  return out;
}

}  // namespace kani
