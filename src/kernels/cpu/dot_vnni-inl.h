// Four int8 products per lane with vpdpbusd, which wants one side unsigned: weights + 128. The sum
// starts at -128 times the sum of the inputs.
#pragma once

#include <immintrin.h>

#include "kernels/cpu/vec16-inl.h"

namespace kani::kernels::KANI_ISA {
namespace {

constexpr bool kDotBias = true;
using DotWeights = I16;

KANI_INLINE DotWeights PrepareDot(const I16& weights) {
  return weights ^ SetInt(static_cast<int32_t>(0x80808080u));
}
KANI_INLINE I16 Dot(const DotWeights& weights, const I16& inputs, const I16& sum) {
  return MapInt(KANI_PART {
    return IntPart{_mm512_dpbusd_epi32(sum.part[i].raw, weights.part[i].raw, inputs.part[i].raw)};
  });
}

}  // namespace
}  // namespace kani::kernels::KANI_ISA
