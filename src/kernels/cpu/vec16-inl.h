// Sixteen fp32 lanes: one register with AVX-512, two with AVX2, four with NEON. All kernels are
// written on these, so that every instruction set computes the same sums in the same order.
// Included once per unit, inside no namespace; everything has internal linkage.
#pragma once

#define HWY_COMPILE_ONLY_STATIC
// Instructions for AES are not used; without these two every flag of them would be needed, on x86
// and on aarch64 (the second only switches off dispatch at run time by Highway, which is ours).
#define HWY_DISABLE_PCLMUL_AES
#define TOOLCHAIN_MISS_SYS_AUXV_H
#include <hwy/highway.h>

#include "kernels/cpu/kernel_table.h"

#define KANI_INLINE static inline __attribute__((always_inline))
#define KANI_UNROLL _Pragma("GCC unroll 16")

namespace kani::kernels::KANI_ISA {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using FloatTag = hn::CappedTag<float, 16>;
using IntTag = hn::CappedTag<int32_t, 16>;
using FloatPart = hn::Vec<FloatTag>;
using IntPart = hn::Vec<IntTag>;
constexpr int kLanes = static_cast<int>(hn::MaxLanes(FloatTag()));
constexpr int kParts = 16 / kLanes;
constexpr FloatTag kFloat;
constexpr IntTag kInt;

struct F16 {
  FloatPart part[kParts];
};
struct I16 {
  IntPart part[kParts];
};

// Applies an operation on registers to each part. `function` is a lambda that is always inlined.
template <typename Function>
KANI_INLINE F16 Map(Function function) {
  F16 result;
  KANI_UNROLL
  for (int i = 0; i < kParts; ++i) result.part[i] = function(i);
  return result;
}
template <typename Function>
KANI_INLINE I16 MapInt(Function function) {
  I16 result;
  KANI_UNROLL
  for (int i = 0; i < kParts; ++i) result.part[i] = function(i);
  return result;
}
#define KANI_PART [&]([[maybe_unused]] int i) __attribute__((always_inline))

KANI_INLINE F16 Set(float value) {
  const FloatPart all = hn::Set(kFloat, value);
  return Map(KANI_PART { return all; });
}
KANI_INLINE F16 Zero() {
  return Map(KANI_PART { return hn::Zero(kFloat); });
}
KANI_INLINE F16 operator+(const F16& a, const F16& b) {
  return Map(KANI_PART { return hn::Add(a.part[i], b.part[i]); });
}
KANI_INLINE F16 operator-(const F16& a, const F16& b) {
  return Map(KANI_PART { return hn::Sub(a.part[i], b.part[i]); });
}
KANI_INLINE F16 operator*(const F16& a, const F16& b) {
  return Map(KANI_PART { return hn::Mul(a.part[i], b.part[i]); });
}
KANI_INLINE F16 operator/(const F16& a, const F16& b) {
  return Map(KANI_PART { return hn::Div(a.part[i], b.part[i]); });
}
/// a * b + c, rounded once.
KANI_INLINE F16 Fma(const F16& a, const F16& b, const F16& c) {
  return Map(KANI_PART { return hn::MulAdd(a.part[i], b.part[i], c.part[i]); });
}
/// c - a * b, rounded once.
KANI_INLINE F16 NegFma(const F16& a, const F16& b, const F16& c) {
  return Map(KANI_PART { return hn::NegMulAdd(a.part[i], b.part[i], c.part[i]); });
}
/// a * b - c, rounded once.
KANI_INLINE F16 FmaSub(const F16& a, const F16& b, const F16& c) {
  return Map(KANI_PART { return hn::MulSub(a.part[i], b.part[i], c.part[i]); });
}
KANI_INLINE F16 Min(const F16& a, const F16& b) {
  return Map(KANI_PART { return hn::Min(a.part[i], b.part[i]); });
}
KANI_INLINE F16 Max(const F16& a, const F16& b) {
  return Map(KANI_PART { return hn::Max(a.part[i], b.part[i]); });
}
KANI_INLINE F16 Abs(const F16& a) {
  return Map(KANI_PART { return hn::Abs(a.part[i]); });
}
KANI_INLINE F16 CopySign(const F16& magnitude, const F16& sign) {
  return Map(KANI_PART { return hn::CopySign(magnitude.part[i], sign.part[i]); });
}
KANI_INLINE F16 Sqrt(const F16& a) {
  return Map(KANI_PART { return hn::Sqrt(a.part[i]); });
}
/// To the nearest integer, ties to even.
KANI_INLINE F16 Round(const F16& a) {
  return Map(KANI_PART { return hn::Round(a.part[i]); });
}
/// a > b ? yes : no; no where a or b is NaN.
KANI_INLINE F16 IfGreater(const F16& a, const F16& b, const F16& yes, const F16& no) {
  return Map(
      KANI_PART { return hn::IfThenElse(hn::Gt(a.part[i], b.part[i]), yes.part[i], no.part[i]); });
}
/// x where x is NaN, else `other`.
KANI_INLINE F16 KeepNan(const F16& x, const F16& other) {
  return Map(KANI_PART { return hn::IfThenElse(hn::IsNaN(x.part[i]), x.part[i], other.part[i]); });
}

/// Integers of a vector that holds whole numbers of the int32 range.
KANI_INLINE I16 ToInt(const F16& a) {
  return MapInt(KANI_PART { return hn::ConvertTo(kInt, a.part[i]); });
}
KANI_INLINE F16 ToFloat(const I16& a) {
  return Map(KANI_PART { return hn::ConvertTo(kFloat, a.part[i]); });
}
KANI_INLINE I16 Bits(const F16& a) {
  return MapInt(KANI_PART { return hn::BitCast(kInt, a.part[i]); });
}
KANI_INLINE F16 FromBits(const I16& a) {
  return Map(KANI_PART { return hn::BitCast(kFloat, a.part[i]); });
}
KANI_INLINE I16 SetInt(int32_t value) {
  const IntPart all = hn::Set(kInt, value);
  return MapInt(KANI_PART { return all; });
}
KANI_INLINE I16 operator+(const I16& a, const I16& b) {
  return MapInt(KANI_PART { return hn::Add(a.part[i], b.part[i]); });
}
KANI_INLINE I16 operator-(const I16& a, const I16& b) {
  return MapInt(KANI_PART { return hn::Sub(a.part[i], b.part[i]); });
}
KANI_INLINE I16 operator&(const I16& a, const I16& b) {
  return MapInt(KANI_PART { return hn::And(a.part[i], b.part[i]); });
}
KANI_INLINE I16 operator^(const I16& a, const I16& b) {
  return MapInt(KANI_PART { return hn::Xor(a.part[i], b.part[i]); });
}
KANI_INLINE I16 Max(const I16& a, const I16& b) {
  return MapInt(KANI_PART { return hn::Max(a.part[i], b.part[i]); });
}
template <int kBits>
KANI_INLINE I16 ShiftLeft(const I16& a) {
  return MapInt(KANI_PART { return hn::ShiftLeft<kBits>(a.part[i]); });
}
template <int kBits>
KANI_INLINE I16 ShiftRight(const I16& a) {
  return MapInt(KANI_PART { return hn::ShiftRight<kBits>(a.part[i]); });
}

KANI_INLINE F16 Load(const float* from) {
  return Map(KANI_PART { return hn::LoadU(kFloat, from + i * kLanes); });
}
KANI_INLINE void Store(const F16& value, float* to) {
  KANI_UNROLL
  for (int i = 0; i < kParts; ++i) hn::StoreU(value.part[i], kFloat, to + i * kLanes);
}
KANI_INLINE I16 LoadInt(const void* from) {
  const int32_t* lanes = static_cast<const int32_t*>(from);
  return MapInt(KANI_PART { return hn::LoadU(kInt, lanes + i * kLanes); });
}
KANI_INLINE void StoreInt(const I16& value, int32_t* to) {
  KANI_UNROLL
  for (int i = 0; i < kParts; ++i) hn::StoreU(value.part[i], kInt, to + i * kLanes);
}

/// How many of the lanes of part i belong to the first `count` lanes of a vector.
KANI_INLINE size_t PartCount(int64_t count, int i) {
  const int64_t rest = count - i * kLanes;
  return static_cast<size_t>(rest < 0 ? 0 : rest < kLanes ? rest : kLanes);
}
/// The first `count` (1..16) floats, 0 in the other lanes; touches no other memory.
KANI_INLINE F16 Load(const float* from, int64_t count) {
  if (count >= 16) return Load(from);
  if constexpr (kLanes >= 8) {  // masked loads do not fault there
    return Map(KANI_PART {
      return hn::MaskedLoad(hn::FirstN(kFloat, PartCount(count, i)), kFloat, from + i * kLanes);
    });
  } else {
    alignas(64) float lanes[16] = {};
    for (int64_t i = 0; i < count; ++i) lanes[i] = from[i];
    return Load(lanes);
  }
}
/// Stores the first `count` (1..16) lanes; touches no other memory.
KANI_INLINE void Store(const F16& value, float* to, int64_t count) {
  if (count >= 16) return Store(value, to);
  if constexpr (kLanes >= 8) {
    KANI_UNROLL
    for (int i = 0; i < kParts; ++i) {
      hn::BlendedStore(value.part[i], hn::FirstN(kFloat, PartCount(count, i)), kFloat,
                       to + i * kLanes);
    }
  } else {
    alignas(64) float lanes[16];
    Store(value, lanes);
    for (int64_t i = 0; i < count; ++i) to[i] = lanes[i];
  }
}
/// `value` in the first `count` (1..16) lanes, `other` in the rest.
KANI_INLINE F16 FirstLanes(const F16& value, int64_t count, const F16& other) {
  if (count >= 16) return value;
  return Map(KANI_PART {
    return hn::IfThenElse(hn::FirstN(kFloat, PartCount(count, i)), value.part[i], other.part[i]);
  });
}

/// The order in which 16 partial sums are joined, everywhere: i with i + 8, then + 4, + 2, + 1.
KANI_INLINE float Sum(const F16& value) {
  alignas(64) float lanes[16];
  Store(value, lanes);
  for (int half = 8; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) lanes[i] = lanes[i] + lanes[i + half];
  }
  return lanes[0];
}
KANI_INLINE float Largest(const F16& value) {
  alignas(64) float lanes[16];
  Store(value, lanes);
  float largest = lanes[0];
  for (int i = 1; i < 16; ++i) largest = lanes[i] > largest ? lanes[i] : largest;
  return largest;
}

/// Calls step(offset, lanes) for 16 lanes at a time and once for the rest.
template <typename Step>
KANI_INLINE void ForEach16(int64_t count, Step step) {
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) step(i, int64_t{16});
  if (i < count) step(i, count - i);
}
#define KANI_STEP [&](int64_t i, int64_t lanes) __attribute__((always_inline))

}  // namespace
}  // namespace kani::kernels::KANI_ISA
